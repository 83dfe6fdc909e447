package org.precedent.catalog.postgres;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** An external PostgreSQL; without one, an embedded server is started. */
@ConfigMapping(prefix = "precedent.database")
public interface DatabaseConfig {
    /** Its address, {@code jdbc:postgresql://HOST:PORT/DATABASE}. */
    Optional<String> url();

    /** Who connects. */
    Optional<String> user();

    /** With which password. */
    Optional<String> password();
}
