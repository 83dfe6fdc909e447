package org.precedent.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Reads the command line, starts the application where the command needs it, runs the command. */
@QuarkusMain
public class Main implements QuarkusApplication {

    /** Entry of {@code ./precedent}. */
    public static void main(String... args) {
        ServiceCommand service = serviceCommand(args);
        if (service == null) {
            System.exit(commandLine().execute(args));
            return;
        }
        try {
            service.prepare();
        } catch (RuntimeException e) {
            System.exit(failed(commandLine(), e));
        }
        Quarkus.run(
                Main.class,
                (status, failure) -> {
                    if (failure != null) {
                        System.exit(failed(commandLine(), failure));
                    }
                    System.exit(status);
                },
                args);
    }

    /** Inside the started application. */
    @Override
    public int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new PrecedentCommand());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setExecutionExceptionHandler(
                (failure, failed, parsed) -> failed(failed, failure));
        return commandLine;
    }

    /**
     * The command asked for if it needs the application, else null (also for --help and errors).
     */
    private static @Nullable ServiceCommand serviceCommand(String... args) {
        try {
            ParseResult parsed = commandLine().parseArgs(args);
            while (parsed.hasSubcommand()) {
                parsed = parsed.subcommand();
                if (parsed.isUsageHelpRequested()) {
                    return null;
                }
            }
            return parsed.commandSpec().userObject() instanceof ServiceCommand command
                            && command.needsService()
                    ? command
                    : null;
        } catch (CommandLine.ParameterException e) {
            return null; // execute() will say so, with the usage
        }
    }

    /** A refusal is told in one line; anything else is our fault and shows where. */
    private static int failed(CommandLine commandLine, Throwable failure) {
        PrintWriter err = commandLine.getErr();
        if (failure instanceof DomainException || failure instanceof IllegalStateException) {
            err.println("precedent: " + failure.getMessage());
        } else {
            failure.printStackTrace(err);
        }
        err.flush();
        return 1;
    }
}
