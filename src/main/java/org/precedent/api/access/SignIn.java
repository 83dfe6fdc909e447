package org.precedent.api.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.access.ApiKeys;
import org.precedent.access.ApiKeys.SessionOf;
import org.precedent.access.KeyText;

/**
 * A link with a token, {@code /?token=prc_...}, becomes a session: a cookie that scripts do not see
 * and that no other site's page can have sent. The address without the token is where the browser
 * goes next, so that the token stays in no history. {@code /?signout} ends the session.
 */
@ApplicationScoped
class SignIn {
    static final String COOKIE = "precedent_session";

    /** After the edge, ahead of authentication. */
    private static final int PRIORITY = BrowserEdge.PRIORITY - 10;

    private final ApiKeys keys;

    SignIn(ApiKeys keys) {
        this.keys = keys;
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, PRIORITY);
    }

    private void filter(RoutingContext context) {
        boolean page =
                context.request().method().equals(HttpMethod.GET)
                        && "/".equals(context.request().path());
        if (page && context.request().params().contains("token")) {
            String token = context.request().getParam("token");
            context.vertx()
                    .executeBlocking(() -> open(token), false)
                    .onSuccess(secret -> answer(context, secret.orElse(null)))
                    .onFailure(context::fail);
        } else if (page && context.request().params().contains("signout")) {
            Cookie cookie = context.request().getCookie(COOKIE);
            context.vertx()
                    .executeBlocking(() -> close(cookie), false)
                    .onSuccess(done -> answer(context, ""))
                    .onFailure(context::fail);
        } else {
            context.next();
        }
    }

    private Optional<String> open(String token) {
        return KeyText.parse(token.strip()).flatMap(key -> keys.openSession(key, SessionOf.PAGE));
    }

    private boolean close(@Nullable Cookie cookie) {
        if (cookie != null) {
            keys.closeSession(cookie.getValue());
        }
        return true;
    }

    /**
     * @param secret of the new session; empty to end one, null where the token proves nothing
     */
    private static void answer(RoutingContext context, @Nullable String secret) {
        if (secret != null) {
            context.response()
                    .headers()
                    .add(
                            HttpHeaders.SET_COOKIE,
                            "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s"
                                    .formatted(
                                            COOKIE,
                                            secret,
                                            secret.isEmpty() ? 0 : ApiKeys.SESSION.toSeconds(),
                                            context.request().isSSL() ? "; Secure" : ""));
        }
        context.response()
                .setStatusCode(303)
                .putHeader(HttpHeaders.LOCATION, secret == null ? "/?refused" : "/")
                .end();
    }
}
