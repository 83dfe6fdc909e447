package org.precedent.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.smallrye.config.ConfigValidationException;
import java.io.PrintWriter;
import java.net.BindException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.cli.process.ListeningAddress;
import org.precedent.cli.process.ProcessEnd;
import org.precedent.cli.process.StandardError;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.secret.SecretException;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Reads the command line, and starts the application only where the command needs it: not for what
 * is wrong, not for help, and not for what a service that runs already can answer.
 */
@QuarkusMain
public class Main implements QuarkusApplication {
    /** What {@link #main} read, with what its command prepared; null where it was not asked. */
    private static @Nullable CommandLine prepared;

    /** Entry of {@code ./precedent}. */
    public static void main(String... args) {
        StandardError.take();
        ProcessEnd.keepOrder();
        Before before = new Before(true);
        CommandLine commandLine = commandLine();
        commandLine.setExecutionStrategy(before::execute);
        int status = commandLine.execute(args);
        if (!before.start) {
            System.exit(status);
        }
        prepared = commandLine;
        Quarkus.run(
                Main.class,
                (ended, failure) -> {
                    if (failure != null) {
                        System.exit(failed(commandLine(), failure));
                    }
                    System.exit(ended);
                },
                args);
    }

    /** Inside the started application. */
    @Override
    public int run(String... args) {
        ServiceCommand.started();
        CommandLine commandLine = prepared == null ? commandLine() : prepared;
        commandLine.setExecutionStrategy(new CommandLine.RunLast());
        return commandLine.execute(args);
    }

    static CommandLine commandLine() {
        return configured(new CommandLine(new PrecedentCommand()));
    }

    /** A command line, or one command of it, that tells mistakes and failures as ours does. */
    static CommandLine configured(CommandLine commandLine) {
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((wrong, args) -> refused(wrong, args));
        commandLine.setExecutionExceptionHandler(
                (failure, failed, parsed) -> failed(failed, failure));
        return commandLine;
    }

    /** What happens before the application starts. */
    static final class Before {
        private final boolean prepare;

        /** Whether it has to start. */
        boolean start;

        /**
         * @param prepare whether to make ready for the start; tests look only at what comes before
         */
        Before(boolean prepare) {
            this.prepare = prepare;
        }

        int execute(ParseResult parsed) {
            ServiceCommand command = serviceCommand(parsed);
            if (command == null) {
                return new CommandLine.RunLast().execute(parsed);
            }
            try {
                Integer answered = command.askRunningService();
                if (answered != null) {
                    return answered;
                }
                if (prepare) {
                    command.prepare();
                }
            } catch (ParameterException e) {
                throw e;
            } catch (Exception e) {
                throw new ExecutionException(
                        command.commandLine(), String.valueOf(e.getMessage()), e);
            }
            start = true;
            return 0;
        }
    }

    /** The command asked for if it needs the application, else null: also for --help. */
    private static @Nullable ServiceCommand serviceCommand(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand() && !asksForHelp(last)) {
            last = last.subcommand();
        }
        return !asksForHelp(last)
                        && last.commandSpec().userObject() instanceof ServiceCommand command
                        && command.needsService()
                ? command
                : null;
    }

    private static boolean asksForHelp(ParseResult parsed) {
        return parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested();
    }

    /** The usage first: what is wrong stays in sight, last on the screen. */
    private static int refused(ParameterException wrong, String... args) {
        CommandLine commandLine = wrong.getCommandLine();
        PrintWriter err = commandLine.getErr();
        commandLine.usage(err, Ansi.AUTO);
        err.println();
        if (!(wrong instanceof UnmatchedArgumentException)) {
            // A misspelt option is more likely the reason than the one that it leaves missing.
            List<String> unmatched = commandLine.getUnmatchedArguments();
            if (!unmatched.isEmpty()) {
                err.println("precedent: unknown here: " + String.join(" ", unmatched));
            }
        }
        UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println("precedent: " + asWritten(String.valueOf(wrong.getMessage()), args));
        err.flush();
        return commandLine.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** A refusal that names a negated option as it was written: picocli names the other one. */
    static String asWritten(String refusal, String... args) {
        for (String arg : args) {
            if (arg.startsWith("--no-") && arg.contains("=")) {
                String option = arg.substring("--no-".length(), arg.indexOf('='));
                return refusal.replace("'--" + option + "'", "'--no-" + option + "'");
            }
        }
        return refusal;
    }

    /** A refusal is told in one line; anything else is our fault and shows where. */
    static int failed(CommandLine commandLine, Throwable failure) {
        ServiceCommand.started(); // or not: it is on its way no more
        PrintWriter err = commandLine.getErr();
        if (failure instanceof DomainException || failure instanceof IllegalStateException) {
            err.println("precedent: " + failure.getMessage());
        } else if (cause(failure, SecretException.class) instanceof Throwable refused) {
            err.println("precedent: " + refused.getMessage()); // before anything was keyed
        } else if (cause(failure, BindException.class) != null) {
            // Somebody else took the port between our look and the start.
            err.println("precedent: " + ListeningAddress.ofSettings().taken());
        } else if (cause(failure, ConfigValidationException.class) instanceof Throwable wrong) {
            err.println("precedent: a setting is wrong: " + wrong.getMessage());
        } else {
            failure.printStackTrace(err);
        }
        err.flush();
        return 1;
    }

    /** The first of a kind among a failure and its causes; null where there is none. */
    private static @Nullable Throwable cause(
            @Nullable Throwable failure, Class<? extends Throwable> kind) {
        return failure == null || kind.isInstance(failure)
                ? failure
                : cause(failure.getCause(), kind);
    }
}
