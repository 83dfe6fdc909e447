package org.precedent.imaging.format.codec;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * Unpacks untrusted deflated bytes up to a bound that the caller knows before, so that no few bytes
 * become many.
 */
public final class Inflation implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    /** What may stand behind the bytes that a file is read for. */
    private static final long MOST_BEHIND = 1L << 26;

    private final InputStream in;
    private final Inflater inflater;

    private Inflation(InputStream in, Inflater inflater) {
        this.in = in;
        this.inflater = inflater;
    }

    /** Whether bytes begin as a gzip member does. */
    public static boolean isGzip(byte[] bytes, int from) {
        return bytes.length - from > 2
                && bytes[from] == 0x1f
                && (bytes[from + 1] & 0xff) == 0x8b
                && bytes[from + 2] == 8;
    }

    /** Gzip, of one member or several. */
    public static Inflation gzip(byte[] bytes, int from) throws CodecException {
        try {
            return new Inflation(
                    new GZIPInputStream(
                            new ByteArrayInputStream(bytes, from, bytes.length - from), BUFFER),
                    new Inflater());
        } catch (IOException e) {
            throw failure(e, 0);
        }
    }

    /** Raw deflate, without a header of any kind. */
    public static Inflation raw(byte[] bytes, int from) {
        Inflater inflater = new Inflater(true);
        return new Inflation(
                new InflaterInputStream(
                        new ByteArrayInputStream(bytes, from, bytes.length - from),
                        inflater,
                        BUFFER),
                inflater);
    }

    /**
     * The next bytes, exactly as many as asked for.
     *
     * @throws CodecException when there are fewer
     */
    public byte[] next(int length) throws CodecException {
        try {
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new CodecException(
                        Fault.TRUNCATED,
                        "inflates to " + bytes.length + " bytes where " + length + " are needed");
            }
            return bytes;
        } catch (IOException e) {
            throw failure(e, length);
        }
    }

    /** Passes over bytes. */
    public void skip(long length) throws CodecException {
        try {
            in.skipNBytes(length);
        } catch (IOException e) {
            throw failure(e, length);
        }
    }

    /**
     * All bytes that are left.
     *
     * @param most how many at most
     * @throws CodecException when there are more
     */
    public byte[] rest(int most) throws CodecException {
        try {
            byte[] bytes = in.readNBytes(most);
            if (bytes.length == most && in.read() >= 0) {
                throw new CodecException(
                        Fault.TOO_LARGE, "inflates to more than " + most + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw failure(e, most);
        }
    }

    /**
     * The last bytes that are needed, as {@link #next} gives them. What is left is passed over, to
     * the checksum behind it, which nothing before has compared.
     *
     * @throws CodecException when there are fewer, when more than 64 MiB are left, when it stops
     *     before its checksum, or when the checksum or the length is another than that of what was
     *     unpacked
     */
    public byte[] last(int length) throws CodecException {
        byte[] bytes = next(length);
        finish();
        return bytes;
    }

    private void finish() throws CodecException {
        byte[] passed = new byte[BUFFER];
        long left = MOST_BEHIND;
        try {
            for (int read = in.read(passed); read >= 0; read = in.read(passed)) {
                left -= read;
                if (left < 0) {
                    throw new CodecException(
                            Fault.TOO_LARGE,
                            "inflates to more than "
                                    + MOST_BEHIND
                                    + " bytes behind what is needed");
                }
            }
        } catch (EOFException e) {
            throw new CodecException(
                    Fault.TRUNCATED, "lacks the checksum at the end of the compressed data", e);
        } catch (IOException e) {
            throw new CodecException(
                    Fault.DAMAGED,
                    "is damaged: another checksum or length stands at the end of the compressed data",
                    e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory", e);
        }
        inflater.end();
    }

    private static CodecException failure(IOException e, long needed) {
        return e instanceof EOFException
                ? new CodecException(
                        Fault.TRUNCATED,
                        "stops inside its compressed data (" + needed + " bytes are needed)",
                        e)
                : new CodecException(Fault.DAMAGED, "does not inflate: " + e.getMessage(), e);
    }
}
