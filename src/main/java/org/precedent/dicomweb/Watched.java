package org.precedent.dicomweb;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.precedent.dicomweb.DicomWebException.Code;

/** A body that is given up when nothing comes for too long. */
final class Watched extends FilterInputStream {
    private final Duration silence;
    private volatile long heard = System.nanoTime();
    private volatile boolean waiting;
    private volatile boolean closed;
    private volatile boolean givenUp;

    Watched(InputStream in, Duration silence) {
        super(in);
        this.silence = silence;
        Thread watch = new Thread(this::watch, "dicomweb-silence");
        watch.setDaemon(true);
        watch.start();
    }

    private void watch() {
        try {
            while (!closed) {
                TimeUnit.MILLISECONDS.sleep(Math.max(10, Math.min(1000, silence.toMillis() / 4)));
                if (waiting && System.nanoTime() - heard > silence.toNanos()) {
                    givenUp = true;
                    in.close();
                    return;
                }
            }
        } catch (InterruptedException | IOException e) {
            // Nobody listens any more: the reader meets the end by itself.
            givenUp = true;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        heard = System.nanoTime();
        waiting = true;
        try {
            int read = super.read(into, offset, length);
            if (givenUp) {
                throw silent(null);
            }
            return read;
        } catch (IOException e) {
            throw givenUp
                    ? silent(e)
                    : new DicomWebException(
                            Code.BROKEN_ANSWER,
                            "the archive's answer ends early, its connection broke: it was cut off",
                            e);
        } finally {
            waiting = false;
        }
    }

    private DicomWebException silent(@Nullable IOException cause) {
        return new DicomWebException(
                Code.UNREACHABLE,
                "the archive sent nothing for " + silence.toSeconds() + " s and was given up",
                cause);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        super.close();
    }
}
