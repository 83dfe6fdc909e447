package org.precedent.cli.upkeep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.backup.Backup;
import org.precedent.backup.Manifest;
import org.precedent.backup.Restore;
import org.precedent.blob.BlobStore;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.secret.Purpose;
import org.precedent.secret.SecretConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** A copy of everything that is true, and back. */
public final class BackupCommands {
    private BackupCommands() {}

    /** What becomes of secrets. */
    enum Secrets {
        IN,
        OUT
    }

    /** Takes a backup. */
    @Command(
            name = "backup",
            header = "Copies the catalogue and all bytes that it names.%n",
            mixinStandardHelpOptions = true,
            description = {
                "Copies the catalogue as of one moment, and all bytes that it names, into a directory,",
                "while a service runs and others write. Indexes are not in it: they are made again.",
                "With --secrets in, the administrator's token, what keeps erased patients from coming",
                "back, and the keys that make ids of patients are in it, too: whoever has such a",
                "backup can tell which patients are in it. A secret that is a setting is not in it."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent backup /backups/monday --secrets out")
    public static final class Take extends ServiceCommand {
        @Parameters(paramLabel = "DIR", description = "empty, or not there")
        private Path target = Path.of("");

        @Option(
                names = "--secrets",
                required = true,
                description = "in or out: whether keys of the data directory go with it")
        private Secrets secrets = Secrets.OUT;

        @Override
        public Integer call() {
            Manifest manifest =
                    bean(Backup.class)
                            .take(
                                    target.toAbsolutePath().normalize(),
                                    secrets == Secrets.IN,
                                    ticking(this, "stored files are copied"));
            tell(this, manifest, "copied to " + target);
            return 0;
        }
    }

    /** Restores a backup. */
    @Command(
            name = "restore",
            header = "Puts a backup into an empty data directory.%n",
            mixinStandardHelpOptions = true,
            description = {
                "Puts a backup into an empty data directory, and checks every stored file, every table",
                "and every reference. Indexes are made again at the next start. Erasures since the",
                "backup are repeated then, where --erasures names the data directory that knows them;",
                "its keys are taken over, too. Where they come from nowhere, new ones are made, and",
                "what that means is said."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent restore /backups/monday --data /srv/new --erasures /srv/old")
    public static final class Back extends ServiceCommand {
        @Parameters(paramLabel = "DIR", description = "a backup")
        private Path source = Path.of("");

        @Option(
                names = "--erasures",
                paramLabel = "DIR",
                description =
                        "the data directory of before, which knows what was erased since and has the"
                                + " keys")
        private @Nullable Path erasures;

        @Override
        public void prepare() {
            if (data == null) {
                throw new ParameterException(
                        commandLine(), "name an empty data directory with --data");
            }
            Manifest.read(source);
            try {
                if (Files.exists(data)) {
                    try (Stream<Path> files = Files.list(data)) {
                        if (files.findAny().isPresent()) {
                            throw new IllegalStateException(
                                    data + " is not empty: a restore wants a directory of its own");
                        }
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException("cannot read " + data, e);
            }
            super.prepare();
        }

        @Override
        public Integer call() {
            Restore.Restored restored =
                    new Restore(
                                    bean(DataSource.class),
                                    bean(BlobStore.class),
                                    dataDirectory(),
                                    bean(SecretConfig.class).key(),
                                    bean(Clock.class))
                            .from(
                                    source.toAbsolutePath().normalize(),
                                    erasures,
                                    ticking(this, "stored files are there"));
            tell(
                    this,
                    restored.manifest(),
                    "restored to " + data + "; indexes are made at the next start");
            tellOfKeys(restored.replaced());
            return 0;
        }

        /** Nothing goes wrong at once where keys are others, so it is said here. */
        private void tellOfKeys(List<Purpose> replaced) {
            if (replaced.isEmpty()) {
                return;
            }
            var err = commandLine().getErr();
            err.printf(
                    "precedent: the keys of %s did not come with the backup and are new.%n",
                    String.join(", ", replaced.stream().map(Purpose::word).toList()));
            if (replaced.contains(Purpose.PSEUDONYMS)) {
                err.println(
                        "precedent: new DICOM files of patients that are stored are taken for other"
                                + " patients': these do not exclude each other");
            }
            if (replaced.contains(Purpose.ERASURES)) {
                err.println("precedent: who was erased before the backup can be ingested again");
            }
            err.printf(
                    "precedent: with --erasures DIR, the data directory of before, or a backup with"
                            + " --secrets in, they stay what they were%n");
            err.flush();
        }
    }

    private static LongConsumer ticking(ServiceCommand command, String what) {
        long[] told = {System.nanoTime()};
        return done -> {
            if (System.nanoTime() - told[0] > 1_000_000_000L) {
                told[0] = System.nanoTime();
                var err = command.commandLine().getErr();
                err.printf("precedent: %d %s%n", done, what);
                err.flush();
            }
        };
    }

    private static void tell(ServiceCommand command, Manifest manifest, String what) {
        var out = command.commandLine().getOut();
        out.printf(
                "catalogue %s as of %s: %d rows and %d stored files, secrets %s; %s%n",
                manifest.catalogue(),
                manifest.takenAt(),
                manifest.tables().stream().mapToLong(Manifest.Table::rows).sum(),
                manifest.blobs(),
                manifest.secrets() ? "in it" : "not in it",
                what);
        out.flush();
    }
}
