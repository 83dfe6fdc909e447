package org.precedent.tensor;

import java.nio.ByteBuffer;

/**
 * Collects garbage again and again while it is open, and overwrites what direct buffers have given
 * back: native memory that still reads it gets other values than it wrote.
 */
public final class GarbageCollection implements AutoCloseable {
    private static final int BUFFERS = 200;
    private static final byte OTHER = 0x45;

    private final Thread thread = new Thread(this::collect, "garbage collection");
    private volatile boolean ended;

    public GarbageCollection() {
        thread.setDaemon(true);
        thread.start();
    }

    private void collect() {
        while (!ended) {
            System.gc();
            pause();
            for (int i = 0; i < BUFFERS; i++) {
                ByteBuffer other = ByteBuffer.allocateDirect(Float.BYTES << i % 8);
                while (other.hasRemaining()) {
                    other.put(OTHER);
                }
            }
        }
    }

    /** The others need time to run in. */
    private static void pause() {
        try {
            Thread.sleep(30);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        ended = true;
        thread.join();
    }
}
