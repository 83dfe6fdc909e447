package org.precedent.api.access;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateHandler;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;
import org.precedent.access.AccessConfig;

/**
 * Closes connections that stop in the middle. Between requests, and in the head of one, a
 * connection may be silent as long as {@code quarkus.http.idle-timeout} says, which is short. Once
 * a head is there, its body must come on at some pace and end in time, whether its length is
 * declared or it comes in chunks, and then the connection may be silent for as long as any answer
 * takes: what limits that is the deadline of the work.
 */
@ApplicationScoped
class StalledConnections {
    /** Before all other filters, which may refuse and read the rest of a body. */
    private static final int PRIORITY = 1000;

    /** No answer takes longer to be computed, or to be taken by its reader bit by bit. */
    private static final Duration ANSWERING = Duration.ofMinutes(15);

    /** Less in a period of time is no pace. */
    private static final long LEAST_BYTES = 1024;

    private final Vertx vertx;
    private final Duration stalled;
    private final Duration longest;
    private final Duration idle;

    StalledConnections(Vertx vertx, AccessConfig config) {
        this.vertx = vertx;
        this.stalled = config.stalledBody();
        this.longest = config.longestBody();
        this.idle =
                ConfigProvider.getConfig()
                        .getOptionalValue("quarkus.http.idle-timeout", Duration.class)
                        .orElse(Duration.ofMinutes(1));
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, PRIORITY);
    }

    private void filter(RoutingContext context) {
        HttpServerRequest request = context.request();
        mayBeSilent(request, ANSWERING);
        Optional<ArrivingBody> arriving = ArrivingBody.of(request);
        arriving.ifPresent(body -> context.put(ArrivingBody.class.getName(), body));
        Body body =
                arriving.filter(of -> ArrivingBody.isDeclared(request))
                        .map(of -> new Body(request, of))
                        .orElse(null);
        context.addEndHandler(ended -> {
            if (body != null) {
                body.leave();
            }
            mayBeSilent(request, idle);
        });
        context.next();
    }

    /** The framework has one limit for a connection, whatever goes on there. */
    private static void mayBeSilent(HttpServerRequest request, Duration time) {
        Channel channel = ArrivingBody.channel(request);
        if (channel != null) {
            ChannelPipeline pipeline = channel.pipeline();
            if (pipeline.get(IdleStateHandler.class) != null) {
                pipeline.replace(
                        IdleStateHandler.class,
                        "idle",
                        new IdleStateHandler(0, 0, time.toMillis(), TimeUnit.MILLISECONDS));
            }
        }
    }

    /**
     * A body that is still to come; looked at by the connection's own thread. Bytes count as they
     * arrive, whether or not anybody has read them.
     */
    private final class Body {
        private final HttpServerRequest request;
        private final ArrivingBody arriving;
        private final long timer;
        private final long end;
        private long seen;

        Body(HttpServerRequest request, ArrivingBody arriving) {
            this.request = request;
            this.arriving = arriving;
            this.timer = vertx.setPeriodic(stalled.toMillis(), id -> look());
            this.end = vertx.setTimer(longest.toMillis(), id -> giveUp());
        }

        private void look() {
            if (arriving.ended()) {
                leave();
            } else if (arriving.bytes() - seen < LEAST_BYTES && isRead()) {
                giveUp();
            } else {
                seen = arriving.bytes();
            }
        }

        private void giveUp() {
            leave();
            if (!arriving.ended()) {
                request.connection().close();
            }
        }

        /** Whether we take what comes: else it is we who stall. */
        private boolean isRead() {
            Channel channel = ArrivingBody.channel(request);
            return channel != null && channel.config().isAutoRead();
        }

        void leave() {
            vertx.cancelTimer(timer);
            vertx.cancelTimer(end);
        }
    }
}
