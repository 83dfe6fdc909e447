// A provider of single sign-on of its own process, for RealProviderTest: node provider.mjs MODULES REDIRECT
// Anybody signs in by any name; people and programs are of the site and roles that their names say, SITE-ROLE.
import { createServer } from "node:http";

const [modules, redirect] = process.argv.slice(2);
const { default: Provider } = await import(modules + "/oidc-provider/lib/index.js");

const claims = (id) => ({ site: id.split("-")[0], roles: id.split("-").slice(1), preferred_username: id });
const program = (id) => ({
  client_id: id, client_secret: id + "-secret", grant_types: ["client_credentials"], redirect_uris: [], response_types: [],
});

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = "http://127.0.0.1:" + server.address().port;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "precedent", client_secret: "secret-of-the-page-32-characters", redirect_uris: [redirect],
        grant_types: ["authorization_code"], response_types: ["code"],
      },
      program("north-client"), program("north-operator"), program("nowhere"), program("north-stranger"),
    ],
    claims: { openid: ["sub", "site", "roles", "preferred_username"] },
    conformIdTokenClaims: false,
    pkce: { required: () => false },
    cookies: { keys: ["of the test"] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims(id) }) }),
    extraTokenClaims: (ctx, token) =>
      token.clientId && token.clientId !== "precedent" && token.clientId !== "nowhere" ? claims(token.clientId) : {},
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) =>
          ctx.oidc.client?.clientId === "precedent" ? undefined : ctx.oidc.client?.clientId === "north-stranger" ? "urn:other:api" : "urn:precedent:api",
        getResourceServerInfo: (ctx, resource) =>
          ({ scope: "", audience: resource.split(":")[1], accessTokenTTL: 300, accessTokenFormat: "jwt" }),
        useGrantedResource: () => true,
      },
    },
  });
  server.on("request", provider.callback());
  console.log("READY " + issuer);
});
