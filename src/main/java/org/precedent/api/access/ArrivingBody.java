package org.precedent.api.access;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request of HTTP/1.1 as its bytes arrive, whether or not anybody reads them: of a
 * body in chunks nothing else tells when it has ended. Used by the connection's own thread alone.
 */
public final class ArrivingBody {
    private long bytes;
    private boolean ended;
    private long limit = Long.MAX_VALUE;
    private Runnable exceeded = () -> {};

    private ArrivingBody() {}

    /**
     * That of a request whose head has just come; to be asked in the request's first filter, and
     * once.
     *
     * @return empty where the connection is of another kind
     */
    static Optional<ArrivingBody> of(HttpServerRequest request) {
        Channel channel = channel(request);
        if (channel == null) {
            return Optional.empty();
        }
        ChannelPipeline pipeline = channel.pipeline();
        Watch watch = pipeline.get(Watch.class);
        if (watch != null) {
            return Optional.ofNullable(watch.heads.poll());
        }
        ChannelHandlerContext server = pipeline.context(VertxHandler.class);
        if (server == null) {
            return Optional.empty();
        }
        // The head of the first request has passed already, and nothing that follows it.
        Watch first = new Watch();
        ArrivingBody body = new ArrivingBody();
        first.arriving = body;
        pipeline.addBefore(server.name(), "arriving", first);
        return Optional.of(body);
    }

    /** That of a request which a filter before has asked about. */
    public static Optional<ArrivingBody> of(RoutingContext context) {
        return Optional.ofNullable(context.<ArrivingBody>get(ArrivingBody.class.getName()));
    }

    /** Whether a request says that it has a body, by its length or in chunks. */
    public static boolean isDeclared(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                || request.headers().contains(HttpHeaders.CONTENT_LENGTH);
    }

    static @Nullable Channel channel(HttpServerRequest request) {
        return request.connection() instanceof ConnectionBase connection
                ? connection.channel()
                : null;
    }

    /** Bytes of the body that have come so far. */
    long bytes() {
        return bytes;
    }

    /** Whether all of it has come. */
    boolean ended() {
        return ended;
    }

    /**
     * Lets it be no longer than a limit; what comes beyond is thrown away.
     *
     * @param most bytes
     * @param tell called once when there are more
     */
    public void limit(long most, Runnable tell) {
        limit = most;
        exceeded = tell;
        if (bytes > most) {
            tell.run();
        }
    }

    /** Takes a piece; false where it is beyond the limit. */
    private boolean take(HttpContent content) {
        boolean within = bytes <= limit;
        bytes += content.content().readableBytes();
        ended = content instanceof LastHttpContent;
        if (bytes > limit) {
            if (within) {
                exceeded.run();
            }
            return false;
        }
        return true;
    }

    /** Between the decoder of a connection and the server. */
    private static final class Watch extends ChannelInboundHandlerAdapter {
        /** Of requests whose filters have not asked yet: more than one where they are pipelined. */
        private final Deque<ArrivingBody> heads = new ArrayDeque<>();

        private @Nullable ArrivingBody arriving;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message instanceof HttpRequest) {
                arriving = new ArrivingBody();
                heads.add(arriving);
            }
            if (message instanceof HttpContent content
                    && arriving != null
                    && !arriving.take(content)) {
                ReferenceCountUtil.release(message);
                return;
            }
            super.channelRead(context, message);
        }
    }
}
