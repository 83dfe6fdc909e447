package org.precedent.cli.process;

import org.precedent.BuildVersion;
import picocli.CommandLine.IVersionProvider;

/** Which Precedent this is, as Maven wrote it into the build. */
public final class Version implements IVersionProvider {
    /**
     * The version and the time of the build: what two processes share only if they run the same.
     */
    public static String current() {
        return BuildVersion.current();
    }

    @Override
    public String[] getVersion() {
        return new String[] {"precedent " + BuildVersion.properties().getProperty("version")};
    }
}
