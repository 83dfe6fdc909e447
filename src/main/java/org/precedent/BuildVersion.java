package org.precedent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Precedent this is, as the build wrote it. */
public final class BuildVersion {
    private static final String FILE = "/precedent-build.properties";

    private BuildVersion() {}

    /**
     * The version and the time of the build: what two processes share only if they run the same.
     */
    public static String current() {
        Properties build = properties();
        return build.getProperty("version") + " of " + build.getProperty("built");
    }

    /** What the build wrote: {@code version} and {@code built}. */
    public static Properties properties() {
        try (InputStream in = BuildVersion.class.getResourceAsStream(FILE)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
