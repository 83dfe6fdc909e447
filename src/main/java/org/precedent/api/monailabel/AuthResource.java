package org.precedent.api.monailabel;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.FormParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotAuthorizedException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.access.AccessConfig;
import org.precedent.access.ApiKeys;
import org.precedent.access.ApiKeys.SessionOf;
import org.precedent.access.Identity;
import org.precedent.access.KeyText;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.api.Forms;
import org.precedent.api.access.Caller;
import org.precedent.api.access.ViewerAddress;

/** How a viewer signs in: with the id of a key as the user, and the key as the password. */
@Path("/monailabel/auth")
@Tag(name = "MONAI Label")
@Blocking
public class AuthResource {
    private final ApiKeys keys;
    private final AccessConfig config;
    private final Caller caller;

    AuthResource(ApiKeys keys, AccessConfig config, Caller caller) {
        this.keys = keys;
        this.config = config;
        this.caller = caller;
    }

    /** Whether a viewer has to sign in. */
    @Schema(name = "ViewerAuth", description = "Whether a viewer has to sign in.")
    public record AuthView(
            @Schema(description = "Whether requests need a token.") boolean enabled,
            @Schema(description = "What viewers send as their client; any is taken.")
                    @JsonProperty("client_id")
                    String clientId,
            @Schema(description = "For people.") String realm) {}

    /** A token. */
    @Schema(name = "ViewerToken", description = "A session that a viewer opened.")
    public record TokenView(
            @Schema(description = "To be sent as `Authorization: Bearer`.")
                    @JsonProperty("access_token")
                    String accessToken,
            @Schema(description = "How it is sent.", enumeration = "bearer")
                    @JsonProperty("token_type")
                    String tokenType,
            @Schema(description = "For how many seconds it proves anything.")
                    @JsonProperty("expires_in")
                    long expiresIn,
            @Schema(
                            description =
                                    "For viewers that send no header: what to append to the service's"
                                            + " address, e.g. `http://localhost:8080`. Whoever knows"
                                            + " it is the caller until it expires.")
                    String path) {}

    /** Whom a token proves. */
    @Schema(name = "ViewerUser", description = "Whom a token proves.")
    public record UserView(
            @Schema(description = "The name that answers and audit know.") String username,
            @Schema(description = "Its roles here.") List<String> roles) {}

    /** For the API's description: the form of a password grant. */
    @Schema(name = "ViewerSignIn", description = "A password grant, as OAuth 2 defines it.")
    static final class SignInForm {
        @Schema(required = true, description = "The id of a key, or the name that it is for.")
        public @Nullable String username;

        @Schema(required = true, description = "The key, `prc_...`.")
        public @Nullable String password;

        @Schema(description = "Not looked at.")
        public @Nullable String grant_type;

        @Schema(description = "Not looked at.")
        public @Nullable String client_id;
    }

    @GET
    @Operation(
            summary = "Whether a viewer has to sign in",
            description = "Viewers ask this before every call. It needs no key.")
    @APIResponse(
            responseCode = "200",
            description = "Whether it has to",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = AuthView.class)))
    public Response auth() {
        return InfoResource.json(new AuthView(config.required(), "precedent", "precedent"));
    }

    @POST
    @Path("/token")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    @Operation(
            summary = "Sign a viewer in",
            description =
                    "A session of 12 hours for whoever knows a key; it ends with the key. `path` is an"
                            + " address for viewers that send no header with some requests, or none.")
    @RequestBody(
            required = true,
            description = "The id of a key, and the key.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_FORM_URLENCODED,
                            schema = @Schema(implementation = SignInForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "The session",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = TokenView.class)))
    @APIResponse(responseCode = "400", description = "A field is missing")
    public Response token(
            @FormParam("username") @Nullable String username,
            @FormParam("password") @Nullable String password) {
        String user = Forms.require("username", username).strip();
        Optional<KeyText> key = KeyText.parse(Forms.require("password", password).strip());
        Optional<String> session =
                key.filter(text -> isOf(user, text))
                        .flatMap(text -> keys.openSession(text, SessionOf.VIEWER));
        if (session.isEmpty()) {
            throw new NotAuthorizedException("Bearer");
        }
        String token = ViewerAddress.PREFIX + session.get();
        return InfoResource.json(
                new TokenView(
                        token,
                        "bearer",
                        ApiKeys.SESSION.toSeconds(),
                        ViewerAddress.ROOT + "/~" + token));
    }

    private boolean isOf(String user, KeyText key) {
        return key.id().equals(user)
                || keys.verify(key).map(Identity::name).filter(user::equals).isPresent();
    }

    @GET
    @Path("/token/valid")
    @Operation(summary = "Whom the token proves", description = "401 where it proves nothing.")
    @APIResponse(
            responseCode = "200",
            description = "Whom it proves",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = UserView.class)))
    public Response valid() {
        Scope scope = caller.scope();
        return InfoResource.json(
                new UserView(
                        scope.name(),
                        scope.identity().roles().stream().map(Role::word).sorted().toList()));
    }
}
