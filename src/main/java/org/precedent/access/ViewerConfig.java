package org.precedent.access;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What viewers that speak MONAI Label find, {@code precedent.monailabel.x} or {@code
 * PRECEDENT_MONAILABEL_X}.
 */
@ConfigMapping(prefix = "precedent.monailabel")
public interface ViewerConfig {
    /** Whether the routes are at the root, too, for viewers that know no path of a server. */
    @WithDefault("false")
    boolean root();

    /**
     * Origins of pages that may call the routes from a browser, e.g. {@code
     * https://ohif.hospital.example}. Default: none but the service's own.
     */
    Optional<List<String>> origins();

    /** The task of labels and of active learning where nothing else says it. Default: none. */
    Optional<String> task();

    /** How long an image that a viewer sent is kept after its last use. */
    @WithDefault("P30D")
    Duration keep();

    /**
     * Bytes that the images of one caller may take together, as they are kept; what is beyond is
     * refused until some are removed or nobody used them long enough.
     */
    @WithDefault("8G")
    MemorySize quota();

    /** How long the image of a session is kept where nothing else is asked for, and at most. */
    @WithDefault("PT1H")
    Duration session();

    /**
     * Whose people may have series of the archive ({@code precedent.dicomweb.url}) segmented by
     * their UID: the name of a site. Default: the administrators' own.
     */
    @WithDefault(Scope.LOCAL)
    String archiveSite();
}
