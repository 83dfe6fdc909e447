package org.precedent.catalog.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir Path home;

    @Test
    void dataSurvivesARestartAndTheServerStopsWithItsLastUser() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
            execute(server, "CREATE TABLE kept AS SELECT 42 AS answer");
            assertThat(query(server, "SHOW fsync")).isEqualTo("on");
            assertThat(query(server, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(query(server, "SHOW full_page_writes")).isEqualTo("on");
        }
        assertThat(home.resolve("cluster/postmaster.pid")).doesNotExist();
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
            assertThat(query(server, "SELECT answer FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void aServerThatWasKilledRecoversWhatWasCommitted() throws Exception {
        EmbeddedPostgres killed = EmbeddedPostgres.open(home);
        execute(killed, "CREATE TABLE kept (answer int)");
        execute(killed, "INSERT INTO kept VALUES (42)");
        killServer();
        killed.close();
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
            assertThat(query(server, "SELECT answer FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void aServerThatIsKilledIsStartedAgainWithinTenSecondsAtTheSamePort() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home).supervise()) {
            execute(server, "CREATE TABLE kept AS SELECT 42 AS answer");
            long killed = System.nanoTime();
            server().destroyForcibly();
            assertThatThrownBy(
                            () -> {
                                while (true) { // until it notices
                                    query(server, "SELECT 1");
                                }
                            })
                    .isInstanceOf(SQLException.class);
            String answer = null;
            while (answer == null) {
                try {
                    answer = query(server, "SELECT answer FROM kept");
                } catch (SQLException e) {
                    assertThat(System.nanoTime() - killed).isLessThan(10_000_000_000L);
                    Thread.sleep(50);
                }
            }
            assertThat(answer).isEqualTo("42");
        }
        assertThat(home.resolve("cluster/postmaster.pid")).doesNotExist();
    }

    @Test
    void aServerKilledAMomentAgoDoesNotHinderTheNext() throws Exception {
        EmbeddedPostgres killed = EmbeddedPostgres.open(home);
        execute(killed, "CREATE TABLE kept AS SELECT 42 AS answer");
        // Neither its end nor that of its children is waited for: they may still be there.
        server().destroyForcibly();
        killed.close();
        try (EmbeddedPostgres next = EmbeddedPostgres.open(home)) {
            assertThat(query(next, "SELECT answer FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void aPidFileWhoseNumberWentToAStrangerDoesNotHinder() throws Exception {
        EmbeddedPostgres killed = EmbeddedPostgres.open(home);
        execute(killed, "CREATE TABLE kept AS SELECT 42 AS answer");
        Path pidFile = home.resolve("cluster/postmaster.pid");
        List<String> lines = new ArrayList<>(Files.readAllLines(pidFile));
        killServer();
        killed.close();
        Process stranger = new ProcessBuilder("sleep", "300").start();
        try {
            lines.set(0, Long.toString(stranger.pid()));
            Files.write(pidFile, lines);
            try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
                assertThat(query(server, "SELECT answer FROM kept")).isEqualTo("42");
            }
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly().waitFor();
        }
    }

    @Test
    void aFirstStartThatStillRunsIsStoppedBeforeItBeginsAgain() throws Exception {
        Files.createDirectories(home.resolve("cluster"));
        // Stands for the maker of the cluster: it outlives the process that started it.
        Process maker =
                new ProcessBuilder(
                                "sh", "-c", "sleep 300; true", home.resolve("cluster").toString())
                        .start();
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
            assertThat(query(server, "SELECT 1")).isEqualTo("1");
            assertThat(maker.isAlive()).isFalse();
        } finally {
            maker.descendants().forEach(ProcessHandle::destroyForcibly);
            maker.destroyForcibly().waitFor();
        }
    }

    @Test
    void aSecondUserAttachesAndTheServerOutlivesTheFirst() throws Exception {
        EmbeddedPostgres first = EmbeddedPostgres.open(home);
        Process second = holdSharedLock();
        try {
            first.close();
            assertThat(home.resolve("cluster/postmaster.pid")).exists();
            try (EmbeddedPostgres third = EmbeddedPostgres.open(home)) {
                assertThat(query(third, "SELECT 1")).isEqualTo("1");
            }
        } finally {
            second.destroyForcibly().waitFor();
        }
        EmbeddedPostgres.open(home).close();
        assertThat(home.resolve("cluster/postmaster.pid")).doesNotExist();
    }

    @Test
    void anInterruptedFirstStartBeginsAgain() throws Exception {
        Path cluster = Files.createDirectories(home.resolve("cluster"));
        Files.writeString(cluster.resolve("postgresql.conf"), "half written");
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
            assertThat(query(server, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void nobodyConnectsWithoutThePassword() {
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home)) {
            assertThatThrownBy(() ->
                            DriverManager.getConnection(server.jdbcUrl(), server.user(), "guess"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
            assertThat(home.resolve("password"))
                    .satisfies(file ->
                            assertThat(Files.getPosixFilePermissions(file))
                                    .hasToString("[OWNER_READ, OWNER_WRITE]"));
        }
    }

    /** Another process that uses the server, as far as the lock file tells. */
    private Process holdSharedLock() throws Exception {
        Path users = home.resolve("users");
        Path source = Files.createTempFile("Hold", ".java");
        Files.writeString(
                source,
                """
                import java.nio.channels.FileChannel;
                import java.nio.file.*;
                class Hold {
                    public static void main(String[] args) throws Exception {
                        var users = FileChannel.open(Path.of(args[0]),
                                StandardOpenOption.READ, StandardOpenOption.WRITE);
                        users.lock(0, Long.MAX_VALUE, true);
                        System.out.println("held");
                        Thread.sleep(60_000);
                    }
                }
                """);
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                source.toString(),
                                users.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertThat(process.inputReader().readLine()).isEqualTo("held");
        return process;
    }

    private ProcessHandle server() throws Exception {
        long pid =
                Long.parseLong(
                        Files.readAllLines(home.resolve("cluster/postmaster.pid"))
                                .getFirst()
                                .trim());
        return ProcessHandle.of(pid).orElseThrow();
    }

    private void killServer() throws Exception {
        ProcessHandle server = server();
        var children = server.children().toList();
        server.destroyForcibly();
        server.onExit().get();
        for (ProcessHandle child : children) {
            child.onExit().get();
        }
    }

    private static void execute(EmbeddedPostgres server, String sql) throws SQLException {
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(EmbeddedPostgres server, String sql) throws SQLException {
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static Connection connect(EmbeddedPostgres server) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
    }
}
