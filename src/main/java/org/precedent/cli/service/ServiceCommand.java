package org.precedent.cli.service;

import io.quarkus.arc.Arc;
import io.quarkus.runtime.Quarkus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.Sha256;
import org.precedent.access.AdminToken;
import org.precedent.api.access.FirstStart;
import org.precedent.catalog.postgres.EmbeddedPostgres;
import org.precedent.cli.process.ListeningAddress;
import org.precedent.cli.process.ProcessEnd;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.process.ServiceFile;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.tensor.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A command that needs the catalogue: {@link #prepare} makes a database available before the
 * application starts, {@link #call} runs inside it.
 */
public abstract class ServiceCommand implements Callable<Integer> {
    /** Shows that the application is on its way; null when it is not. */
    private static @Nullable ProgressBar starting;

    @Spec private @Nullable CommandSpec self;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "where blobs and the embedded database lie (default: data/ beside the launcher,"
                            + " or PRECEDENT_DATA)")
    protected @Nullable Path data;

    @Option(
            names = "--device",
            description = "where networks run: cpu or cuda (default: cpu, or PRECEDENT_DEVICE)")
    protected @Nullable String device;

    /** Whether the command, as it was asked for, needs the catalogue at all. */
    public boolean needsService() {
        return true;
    }

    /** Whether the command serves HTTP while it runs. */
    public boolean servesHttp() {
        return false;
    }

    /** The command line that this command came by. */
    public CommandLine commandLine() {
        return Objects.requireNonNull(self).commandLine();
    }

    /**
     * Lets a service that runs on the same data directory do the work, without starting anything.
     *
     * @return the exit status, or null where no service can be asked
     */
    public final @Nullable Integer askRunningService() throws IOException {
        Path directory = data != null ? data.toAbsolutePath().normalize() : dataDirectory();
        if (!asksRunningService()) {
            tellOfRunningService(directory);
            return null;
        }
        Map<String, String> settings = ServiceFile.settings();
        if (device != null) {
            settings.put("PRECEDENT_DEVICE", Sha256.of(device));
        }
        Optional<RunningService> service =
                RunningService.find(directory, settings, commandLine().getErr());
        return service.isPresent() ? ask(service.get()) : null;
    }

    private void tellOfRunningService(Path directory) {
        String what = besideService();
        if (what == null) {
            return;
        }
        ServiceFile.read(directory)
                .filter(ServiceFile.Content::lives)
                .ifPresent(file -> {
                    PrintWriter err = commandLine().getErr();
                    err.printf(
                            "precedent: the service at %s (process %d) runs on this data: %s%n",
                            file.address(),
                            file.pid(),
                            what.replace("ADDRESS", String.valueOf(file.address())));
                    err.flush();
                });
    }

    /**
     * What somebody should know who gives this command beside a running service that is not asked;
     * null for nothing. ADDRESS in it becomes the service's.
     */
    public @Nullable String besideService() {
        return null;
    }

    /** Whether a running service can do what this command was asked for. */
    public boolean asksRunningService() {
        return false;
    }

    /** Whether it takes so long that somebody should see how far it is. */
    public boolean takesLong() {
        return false;
    }

    /** Does the work by a running service; returns the exit status. */
    public int ask(RunningService service) throws IOException {
        throw new UnsupportedOperationException(getClass().getSimpleName());
    }

    /** Refuses what is wrong with the command whatever the catalogue holds. */
    public void check() {}

    /**
     * Sets what the application reads at start; starts the embedded database where none is named.
     * What is wrong with the command is told before that.
     */
    public void prepare() {
        check();
        if (data != null) {
            System.setProperty("precedent.data", data.toAbsolutePath().normalize().toString());
        }
        if (device != null) {
            Torch.Processor.of(device); // an unknown one is told before anything starts
            System.setProperty("precedent.device", device);
        }
        setting("precedent.oidc.url", "PRECEDENT_OIDC_URL")
                .ifPresent(url -> {
                    System.setProperty("quarkus.oidc.auth-server-url", url);
                    System.setProperty("quarkus.oidc.tenant-enabled", "true");
                });
        setDefault("quarkus.http.host-enabled", Boolean.toString(servesHttp()));
        setDefault("quarkus.log.level", servesHttp() ? "INFO" : "WARN");
        requireWritable(dataDirectory(), "--data DIR or PRECEDENT_DATA");
        requireWritable(indexDirectory(), "PRECEDENT_INDEX, or --data DIR or PRECEDENT_DATA");
        useOwnTemporaryFolder();
        Optional<String> external = setting("precedent.database.url", "PRECEDENT_DATABASE_URL");
        if (external.isPresent()) {
            System.setProperty("quarkus.datasource.jdbc.url", external.get());
            setting("precedent.database.user", "PRECEDENT_DATABASE_USER")
                    .ifPresent(user -> System.setProperty("quarkus.datasource.username", user));
            setting("precedent.database.password", "PRECEDENT_DATABASE_PASSWORD")
                    .ifPresent(word -> System.setProperty("quarkus.datasource.password", word));
            tellStart("starting");
            return;
        }
        boolean made = Files.exists(dataDirectory().resolve("postgres/ready"));
        tellStart(made ? "starting" : "making the database, once, and starting");
        EmbeddedPostgres database =
                EmbeddedPostgres.open(dataDirectory().resolve("postgres")).supervise();
        System.setProperty("quarkus.datasource.jdbc.url", database.jdbcUrl());
        System.setProperty("quarkus.datasource.username", database.user());
        System.setProperty("quarkus.datasource.password", database.password());
        ProcessEnd.last(database::close);
    }

    /** Serves until the process is told to stop; the data directory says where meanwhile. */
    public final void waitForExit() {
        bean(FirstStart.class)
                .made()
                .ifPresent(token -> {
                    PrintWriter err = commandLine().getErr();
                    err.printf(
                            "precedent: sign in with this link; the token is in %s%n  %s/?token=%s%n",
                            AdminToken.file(dataDirectory()),
                            ListeningAddress.ofRunning().reachable(),
                            token.text());
                    err.flush();
                });
        try (ServiceFile file = ServiceFile.write(dataDirectory(), ListeningAddress.ofRunning())) {
            Quarkus.waitForExit();
        }
    }

    /** A bean of the running application. */
    public <T> T bean(Class<T> type) {
        return Objects.requireNonNull(Arc.container(), "the application runs").instance(type).get();
    }

    /** Where blobs, the embedded database and imported weights lie. */
    public static Path dataDirectory() {
        return setting("precedent.data", "PRECEDENT_DATA")
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("precedent.home", "."), "data"))
                .toAbsolutePath()
                .normalize();
    }

    /** Where the indexes lie, as {@code PrecedentConfig} says. */
    private static Path indexDirectory() {
        return setting("precedent.index", "PRECEDENT_INDEX")
                .map(Path::of)
                .orElseGet(() ->
                        setting("precedent.data", "PRECEDENT_DATA")
                                .map(Path::of)
                                .orElseGet(() -> Path.of(System.getProperty("precedent.home", ".")))
                                .resolve("index"))
                .toAbsolutePath()
                .normalize();
    }

    /** Refuses a directory that cannot be written, or made, before anything starts. */
    private static void requireWritable(Path directory, String settings) {
        Path existing = directory;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new IllegalStateException(
                    "%s cannot write to %s: name another directory with %s"
                            .formatted(System.getProperty("user.name"), directory, settings));
        }
    }

    /** What libraries put aside does not lie where others can read names or wait for them. */
    private static void useOwnTemporaryFolder() {
        try {
            Path own = Files.createDirectories(dataDirectory().resolve("tmp"));
            Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
            System.setProperty("java.io.tmpdir", own.toString());
        } catch (IOException e) {
            throw new IllegalStateException(
                    "there is no private temporary folder in " + dataDirectory(), e);
        }
    }

    private void tellStart(String what) {
        starting =
                new ProgressBar(commandLine().getErr(), "precedent: " + what, ProgressBar.UNKNOWN);
    }

    /** The application runs. */
    public static void started() {
        if (starting != null) {
            starting.close();
            starting = null;
        }
    }

    protected static Optional<String> setting(String property, String variable) {
        return Optional.ofNullable(System.getProperty(property))
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .filter(value -> !value.isBlank());
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
