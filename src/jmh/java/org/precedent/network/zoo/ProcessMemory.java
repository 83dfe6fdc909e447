package org.precedent.network.zoo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel counts for this process. */
public final class ProcessMemory {
    private ProcessMemory() {}

    /** Largest resident set so far. */
    public static double peakMegabytes() throws IOException {
        return megabytes("VmHWM:");
    }

    /** Resident set now. */
    static double residentMegabytes() throws IOException {
        return megabytes("VmRSS:");
    }

    private static double megabytes(String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / 1e6;
            }
        }
        throw new IOException("no " + field + " in /proc/self/status");
    }
}
