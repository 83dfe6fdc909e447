package org.precedent.cli.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Which Precedent this is, as Maven wrote it into the build. */
public final class Version implements IVersionProvider {
    private static final String FILE = "/precedent-build.properties";

    /**
     * The version and the time of the build: what two processes share only if they run the same.
     */
    public static String current() {
        Properties build = properties();
        return build.getProperty("version") + " of " + build.getProperty("built");
    }

    @Override
    public String[] getVersion() {
        return new String[] {"precedent " + properties().getProperty("version")};
    }

    private static Properties properties() {
        try (InputStream in = Version.class.getResourceAsStream(FILE)) {
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
