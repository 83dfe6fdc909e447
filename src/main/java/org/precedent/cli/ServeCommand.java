package org.precedent.cli;

import org.jspecify.annotations.Nullable;
import org.precedent.api.access.FirstStart;
import org.precedent.cli.process.ListeningAddress;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.tuning.AdaptationJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The service. */
@Command(
        name = "serve",
        header = "Runs the HTTP service until it is interrupted.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the HTTP service until it is interrupted.",
            "API page: /swagger-ui, description: /openapi, health: /health, metrics: /metrics."
        })
final class ServeCommand extends ServiceCommand {

    @Option(names = "--port", description = "HTTP port (default: 8080); 0 takes a free one")
    @Nullable Integer port;

    @Option(
            names = "--host",
            description =
                    "address to listen on (default: 127.0.0.1); keys travel in the clear: put a"
                            + " gateway with TLS in front before you open it")
    @Nullable String host;

    @Override
    public boolean servesHttp() {
        return true;
    }

    @Override
    public void prepare() {
        if (port != null) {
            System.setProperty("quarkus.http.port", port.toString());
        }
        if (host != null) {
            System.setProperty("quarkus.http.host", host);
        }
        FirstStart.requireLoopback(
                ListeningAddress.ofSettings().host(),
                setting("precedent.access.required", "PRECEDENT_ACCESS_REQUIRED")
                        .map(Boolean::parseBoolean)
                        .orElse(true));
        ListeningAddress.ofSettings().requireFree();
        super.prepare();
        started(); // the log tells the rest
    }

    @Override
    public Integer call() {
        bean(AdaptationJobs.class).work();
        waitForExit();
        return 0;
    }
}
