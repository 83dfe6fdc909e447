package org.precedent.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * A real archive of one's own, for tests: Debian's packages orthanc and orthanc-dicomweb. Where
 * they are absent the tests that ask it are skipped.
 */
public final class OrthancServer implements AutoCloseable {
    public static final String USER = "me";
    public static final String PASSWORD = "it";

    private static final Path PROGRAM = Path.of("/usr/sbin/Orthanc");
    private static final Path PLUGIN = Path.of("/usr/share/orthanc/plugins/libOrthancDicomWeb.so");

    private final Process process;
    private final URI url;

    private OrthancServer(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /** Skips a test where there is no Orthanc. */
    public static void assumeInstalled() {
        assumeTrue(
                Files.isExecutable(PROGRAM) && Files.exists(PLUGIN),
                "Orthanc (Debian packages orthanc and orthanc-dicomweb) is not installed: skipped");
    }

    /**
     * Starts one, and waits until it answers.
     *
     * @param folder where it keeps what it is sent, also from one start to the next
     * @param users whether it asks for {@link #USER} and {@link #PASSWORD}
     */
    public static OrthancServer start(Path folder, int port, boolean users) throws Exception {
        assumeInstalled();
        Path settings = folder.resolve("orthanc.json");
        Files.writeString(
                settings,
                """
                {"Name": "test", "HttpPort": %d, "DicomPort": %d, "StorageDirectory": "%s",
                 "IndexDirectory": "%s", "RemoteAccessAllowed": false, "Plugins": ["%s"],
                 "AuthenticationEnabled": %b, "RegisteredUsers": {"%s": "%s"},
                 "DicomServerEnabled": false, "DicomWeb": {"Enable": true, "Root": "/dicom-web/"}}
                """
                        .formatted(
                                port,
                                freePort(),
                                Files.createDirectories(folder.resolve("store")),
                                Files.createDirectories(folder.resolve("index")),
                                PLUGIN,
                                users,
                                USER,
                                PASSWORD));
        Process process =
                new ProcessBuilder(PROGRAM.toString(), settings.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("orthanc.log").toFile())
                        .start();
        OrthancServer server =
                new OrthancServer(process, URI.create("http://127.0.0.1:" + port + "/dicom-web"));
        for (int i = 0; i < 300 && server.status() != 200; i++) {
            assertThat(process.isAlive())
                    .as(Files.readString(folder.resolve("orthanc.log")))
                    .isTrue();
            Thread.sleep(100);
        }
        return server;
    }

    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Its DICOMweb root. */
    public URI url() {
        return url;
    }

    private int status() throws InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String user = USER + ":" + PASSWORD;
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url + "/studies"))
                            .header(
                                    "Authorization",
                                    "Basic " + Base64.getEncoder().encodeToString(user.getBytes()))
                            .build();
            return http.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
