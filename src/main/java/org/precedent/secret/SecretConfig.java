package org.precedent.secret;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Optional;

/** The secret where it does not lie in the data directory, {@code PRECEDENT_SECRET_X}. */
@ConfigMapping(prefix = "precedent.secret")
public interface SecretConfig {

    /**
     * 64 hexadecimal digits, for several nodes on one database, or for a keeper of secrets: instead
     * of {@code DATA/secret.key}, which is not made then.
     */
    Optional<String> key();

    /**
     * Keys that are lost for good, as the refusal to start names them ({@code pseudonyms:1f0c...}):
     * they are replaced, once.
     */
    Optional<List<String>> lost();
}
