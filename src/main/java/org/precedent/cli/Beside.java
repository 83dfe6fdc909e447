package org.precedent.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.precedent.DomainException;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.cli.tuning.AdaptCommand;
import org.precedent.cli.upkeep.EraseCommand;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * The short way of the commands that a running service answers: the launcher tries it where a
 * service has left its file, with a plain class path, one command and an archive of loaded classes.
 * It takes a fifth of the time of the whole command line, and says nothing but the answer: whatever
 * is not answered ends with {@link #NOT_ANSWERED}, and then the launcher goes {@linkplain Main the
 * long way}, which tells what is wrong or starts what is missing.
 */
public final class Beside {
    /** The exit status of whatever has to go the long way. No command ends with it. */
    static final int NOT_ANSWERED = 75;

    /**
     * Those that {@link ServiceCommand#asksRunningService} can be true of, by their names, but for
     * {@code adapt}, which shows how its work goes on.
     */
    static final Map<String, Supplier<ServiceCommand>> COMMANDS =
            Map.of(
                    "retrieve",
                    RetrieveCommand::new,
                    "segment",
                    SegmentCommand::new,
                    "erase",
                    EraseCommand::new,
                    "adapt",
                    AdaptCommand::new);

    private Beside() {}

    /** Entry of {@code ./precedent} beside a running service. */
    public static void main(String... args) {
        System.exit(
                run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /** Returns the exit status. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        Supplier<ServiceCommand> known = args.length == 0 ? null : COMMANDS.get(args[0]);
        if (known == null) {
            return NOT_ANSWERED;
        }
        ServiceCommand command = known.get();
        CommandLine commandLine = new CommandLine(CommandSpec.create().name("precedent"));
        commandLine.addSubcommand(args[0], command);
        Main.configured(commandLine);
        commandLine.setOut(out);
        commandLine.setErr(new PrintWriter(Writer.nullWriter()));
        commandLine.setParameterExceptionHandler((wrong, words) -> NOT_ANSWERED);
        commandLine.setExecutionStrategy(whole -> {
            ParseResult parsed = whole.subcommand();
            if (parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested()) {
                return NOT_ANSWERED;
            }
            if (command.takesLong()) {
                return NOT_ANSWERED; // only the long way shows how far it is
            }
            try {
                return Objects.requireNonNullElse(command.askRunningService(), NOT_ANSWERED);
            } catch (Exception e) { // else picocli tells of it by itself
                throw new ExecutionException(
                        command.commandLine(), String.valueOf(e.getMessage()), e);
            }
        });
        commandLine.setExecutionExceptionHandler((failure, failed, parsed) -> {
            failed.setErr(err);
            return failure instanceof DomainException || failure instanceof IllegalStateException
                    ? Main.failed(failed, failure)
                    : NOT_ANSWERED;
        });
        try {
            return commandLine.execute(args);
        } catch (LinkageError e) {
            return NOT_ANSWERED; // of a class that is not on the short way's path
        }
    }
}
