package org.precedent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which process of this machine one is, beyond its number: numbers are given again, to strangers.
 */
public final class ProcessIdentity {
    /** Field 22 of {@code /proc/PID/stat}, counted from field 3, the first after the name. */
    private static final int START_AFTER_NAME = 22 - 3;

    private ProcessIdentity() {}

    /**
     * The number, the time of the start as the kernel counts it, and the boot that it counts from;
     * every process reads the same of one process. Where there is no {@code /proc}: the number and
     * the start by the clock.
     */
    public static String of(ProcessHandle process) {
        Path proc = Path.of("/proc");
        try {
            String stat =
                    Files.readString(
                            proc.resolve(process.pid() + "/stat"), StandardCharsets.ISO_8859_1);
            // The name, in parentheses, may hold anything.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            String boot = Files.readString(proc.resolve("sys/kernel/random/boot_id")).trim();
            return process.pid() + "-" + fields[START_AFTER_NAME] + "-" + boot;
        } catch (IOException e) {
            return process.pid()
                    + "-"
                    + process.info().startInstant().map(Object::toString).orElse("unknown");
        }
    }
}
