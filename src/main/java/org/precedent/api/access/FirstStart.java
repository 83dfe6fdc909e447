package org.precedent.api.access;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.precedent.PrecedentConfig;
import org.precedent.access.AccessConfig;
import org.precedent.access.AdminToken;
import org.precedent.access.KeyText;

/** Makes the administrator's token before anybody can ask, and refuses to be open to the world. */
@ApplicationScoped
public class FirstStart {
    private final AdminToken token;
    private final PrecedentConfig config;
    private final AccessConfig access;
    private final String host;
    private @Nullable KeyText made;

    FirstStart(
            AdminToken token,
            PrecedentConfig config,
            AccessConfig access,
            @ConfigProperty(name = "quarkus.http.host") String host) {
        this.token = token;
        this.config = config;
        this.access = access;
        this.host = host;
    }

    void start(@Observes StartupEvent event) {
        requireLoopback(host, access.required());
        AdminToken.Found found = token.ensure(config.dataDirectory());
        made = found.made() ? found.text() : null;
    }

    /** The token, where this start made it: to be shown once. */
    public Optional<KeyText> made() {
        return Optional.ofNullable(made);
    }

    /**
     * Returns unless the service would listen beyond this machine without asking for a name.
     *
     * @throws IllegalStateException when it would
     */
    public static void requireLoopback(String host, boolean required) {
        if (!required && !isLoopback(host)) {
            throw new IllegalStateException(
                    "the service would listen on "
                            + host
                            + " and let everybody in: leave PRECEDENT_ACCESS_REQUIRED on, or listen"
                            + " on 127.0.0.1");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
