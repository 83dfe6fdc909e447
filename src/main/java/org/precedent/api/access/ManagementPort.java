package org.precedent.api.access;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.access.AccessConfig;

/**
 * A port of its own for health and metrics, where one is configured: whoever reaches it reads those
 * without a key, and nothing else. So a probe needs no key, and the port of the service need not be
 * open to it.
 */
@ApplicationScoped
public class ManagementPort {
    private static final Logger LOG = Logger.getLogger(ManagementPort.class);

    private final AccessConfig config;
    private final Vertx vertx;
    private volatile @Nullable HttpServer server;

    ManagementPort(AccessConfig config, Vertx vertx) {
        this.config = config;
        this.vertx = vertx;
    }

    void start(@Observes Router router) throws Exception {
        if (config.managementPort().isEmpty()) {
            return;
        }
        HttpServer made =
                vertx.createHttpServer(
                                new HttpServerOptions()
                                        .setHost(config.managementHost())
                                        .setPort(config.managementPort().get()))
                        .requestHandler(router)
                        .listen()
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
        server = made;
        LOG.infof(
                "health and metrics on port %d of %s", made.actualPort(), config.managementHost());
    }

    /** The port in use; -1 where there is none. */
    public int port() {
        HttpServer running = server;
        return running == null ? -1 : running.actualPort();
    }

    /** Whether a request came in here. */
    boolean took(HttpServerRequest request) {
        return server != null && request.localAddress().port() == port();
    }
}
