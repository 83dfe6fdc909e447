package org.precedent.catalog.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What somebody else could have put in the way of the database's programs is never run. */
class PostgresProgramsTest {
    private Path own;

    /** Not below the shared temporary folder, which nothing may be run from. */
    @BeforeEach
    void ownFolder() throws IOException {
        Path target = Path.of(System.getProperty("precedent.home", "."), "target").toAbsolutePath();
        Files.createDirectories(target);
        own =
                Files.createTempDirectory(
                        target,
                        "programs",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
    }

    @AfterEach
    void remove() throws IOException {
        PostgresPrograms.deleteRecursively(own);
    }

    @Test
    void aFolderThatWasPreparedByTheSameNameIsRefusedAndNothingOfItRuns() throws Exception {
        Path parent = own.resolve("cache");
        PostgresPrograms.unpacked(List.of(parent));
        Path folder = only(parent);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(parent)))
                .isEqualTo("rwx------");

        // The attack: a folder of that name, there before, with programs of somebody else's.
        Path ran = own.resolve("ran");
        for (String program : List.of("initdb", "pg_ctl", "postgres")) {
            Path file = folder.resolve("bin").resolve(program);
            Files.writeString(file, "#!/bin/sh\ntouch " + ran + "\n");
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path home = Files.createDirectories(own.resolve("home"));
        assertThatThrownBy(() ->
                        PostgresPrograms.unpacked(List.of(parent))
                                .make(
                                        home.resolve("cluster"),
                                        home.resolve("password"),
                                        home.resolve("log")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("rwxrwxrwx");
        assertThat(ran).doesNotExist();

        // With another place that is safe, that one is taken.
        PostgresPrograms.unpacked(List.of(parent, own.resolve("other")));
        assertThat(only(own.resolve("other"))).hasFileName(folder.getFileName().toString());
    }

    @Test
    void aLinkInThePlaceOfTheFolderIsRefused() throws Exception {
        Path parent = own.resolve("cache");
        PostgresPrograms.unpacked(List.of(parent));
        Path folder = only(parent);
        Path elsewhere = own.resolve("elsewhere");
        Files.move(folder, elsewhere);
        Files.createSymbolicLink(folder, elsewhere);
        assertThatThrownBy(() -> PostgresPrograms.unpacked(List.of(parent)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a folder of your own");
    }

    @Test
    void nothingIsRunFromBelowAFolderThatEverybodyCanWriteTo() throws Exception {
        Path open = Files.createDirectory(own.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path parent = open.resolve("cache");
        assertThatThrownBy(() -> PostgresPrograms.unpacked(List.of(parent)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("everybody can write to " + open);
        assertThat(parent).isEmptyDirectory();
        assertThatThrownBy(() -> PostgresPrograms.unpacked(List.of(open)))
                .hasMessageContaining("open to others");
    }

    private static Path only(Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }
}
