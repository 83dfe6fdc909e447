package org.precedent.cli.process;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Where the service will listen. Looked at before anything starts, so that a port that is taken is
 * told at once and in one line.
 *
 * @param host a name or an address
 * @param port 0 to 65535; 0 is a free one
 */
public record ListeningAddress(String host, int port) {
    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 8080;

    public ListeningAddress {
        if (port < 0 || port > 65535) {
            throw new IllegalStateException(
                    "--port is " + port + ", must be 0 (a free one) to 65535");
        }
    }

    /** What the properties and the environment say that the application reads. */
    public static ListeningAddress ofSettings() {
        String port = setting("quarkus.http.port").orElse(Integer.toString(DEFAULT_PORT));
        String host = setting("quarkus.http.host").orElse(DEFAULT_HOST);
        try {
            return new ListeningAddress(host, Integer.parseInt(port.trim()));
        } catch (NumberFormatException e) {
            throw new IllegalStateException("the port is '" + port + "', must be 0 to 65535", e);
        }
    }

    /** What the application listens at, which for port 0 only it knows. */
    public static ListeningAddress ofRunning() {
        Config config = ConfigProvider.getConfig();
        return new ListeningAddress(
                config.getValue("quarkus.http.host", String.class),
                config.getValue("quarkus.http.port", Integer.class));
    }

    /**
     * Returns when the service can listen here.
     *
     * @throws IllegalStateException when it cannot, with the reason and what to do
     */
    public void requireFree() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "--host is '" + host + "', which is no address of this machine", e);
        } catch (BindException e) {
            boolean taken = String.valueOf(e.getMessage()).contains("in use");
            throw new IllegalStateException(
                    taken
                            ? taken()
                            : "cannot listen on port %d of %s (%s): choose with --port and --host"
                                    .formatted(port, host, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot listen on port %d of %s (%s)".formatted(port, host, e.getMessage()), e);
        }
    }

    /** Where a program on this machine reaches what listens here. */
    public URI reachable() {
        String at =
                switch (host) {
                    case "0.0.0.0" -> DEFAULT_HOST;
                    case "::", "[::]", "0:0:0:0:0:0:0:0" -> "[::1]";
                    default ->
                            host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
                };
        return URI.create("http://" + at + ":" + port);
    }

    /** What to say when somebody else listens here. */
    public String taken() {
        return ("port %d of %s is taken by another program: choose another with --port N, or any free"
                        + " one with --port 0")
                .formatted(port, host);
    }

    private static Optional<String> setting(String property) {
        String variable = property.toUpperCase(Locale.ROOT).replace('.', '_');
        return Optional.ofNullable(System.getProperty(property))
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .filter(value -> !value.isBlank());
    }
}
