package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.precedent.cli.process.ListeningAddress;
import org.precedent.cli.process.ServiceFile;
import picocli.CommandLine;

/** Commands about studies, for tests of other rooms. */
public final class StudyCommands {
    private StudyCommands() {}

    /** Runs a command inside the application that runs; it has to succeed. */
    public static String run(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        assertThat(commandLine.execute(words)).as(err.toString()).isZero();
        return out.toString();
    }

    /** Runs a command as beside a service at a port, whose data directory says so. */
    public static int beside(
            Path data, int port, PrintWriter out, PrintWriter err, String... words) {
        try (ServiceFile file = ServiceFile.write(data, new ListeningAddress("127.0.0.1", port))) {
            Main.Before before = new Main.Before(false);
            CommandLine commandLine = Main.commandLine();
            commandLine.setExecutionStrategy(before::execute);
            commandLine.setOut(out);
            commandLine.setErr(err);
            int status =
                    commandLine.execute(
                            Stream.concat(Stream.of(words), Stream.of("--data", data.toString()))
                                    .toArray(String[]::new));
            assertThat(before.start).as("started an application").isFalse();
            return status;
        }
    }
}
