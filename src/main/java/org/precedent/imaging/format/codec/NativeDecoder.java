package org.precedent.imaging.format.codec;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * Has frames decoded by native code in a process of its own, which hostile bytes may crash without
 * harm: the frame is refused, and the next one gets a new process. The process starts with the
 * first frame, may take so much memory and time, and ends with this one.
 *
 * <p>What is said over its pipes: codec, length and bytes of a frame; back come a status, then a
 * message, or width, height, components, depth and the samples as 16-bit numbers.
 */
public final class NativeDecoder implements AutoCloseable {
    /** Address space of the process, most of which a Java runtime only reserves. */
    private static final long MEMORY_BYTES = 4L << 30;

    /** What a frame may decode to, in samples. */
    private static final long MOST_SAMPLES = 200_000_000;

    private final Launch launch;
    private final Duration patience;
    private @Nullable Child child;

    /** The codecs of the process, by their numbers on the pipe. */
    public enum NativeCodec {
        JPEG_2000,
        JPEG_LS,
        JPEG
    }

    /** How the process is started. */
    @FunctionalInterface
    public interface Launch {
        /**
         * @return program and arguments
         * @throws IOException when there is nothing to start
         */
        List<String> command() throws IOException;
    }

    /**
     * Samples as the native decoder hands them out.
     *
     * @param depth bits that each fills, possibly more than are coded: then the low ones are zero
     * @param samples interleaved, unsigned
     */
    public record Pixels(int depth, short[] samples) {}

    private record Child(Process process, DataInputStream in, DataOutputStream out) {}

    /**
     * @param patience with one frame, from when it is sent
     */
    public NativeDecoder(Launch launch, Duration patience) {
        this.launch = launch;
        this.patience = patience;
    }

    /** The process that this installation brings, with a minute for every frame. */
    public static NativeDecoder ofInstallation() {
        return new NativeDecoder(DecoderCommand::of, Duration.ofMinutes(1));
    }

    synchronized Pixels decode(NativeCodec codec, byte[] bytes, FrameShape shape, int precision)
            throws CodecException {
        long samples = (long) shape.width() * shape.height() * shape.components();
        if (samples > MOST_SAMPLES) {
            throw new CodecException(
                    Fault.TOO_LARGE,
                    "its frames have " + samples + " samples; the limit is " + MOST_SAMPLES);
        }
        Child running = running();
        AtomicBoolean late = new AtomicBoolean();
        Thread watch = watch(running, late);
        try {
            running.out.writeByte(codec.ordinal());
            running.out.writeInt(bytes.length);
            running.out.write(bytes);
            running.out.flush();
            return answer(running, shape, precision);
        } catch (IOException e) {
            throw died(running, late.get(), e);
        } finally {
            watch.interrupt();
        }
    }

    private Thread watch(Child running, AtomicBoolean late) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        Thread.sleep(patience);
                        late.set(true);
                        running.process.destroyForcibly();
                    } catch (InterruptedException e) {
                        // the frame came in time
                    }
                });
    }

    private static Pixels answer(Child running, FrameShape shape, int precision)
            throws IOException, CodecException {
        DataInputStream in = running.in;
        if (in.readByte() != 0) {
            throw new CodecException(
                    Fault.DAMAGED, "its codestream does not decode: " + in.readUTF());
        }
        int width = in.readInt();
        int height = in.readInt();
        int components = in.readInt();
        int depth = in.readInt();
        // Read whole, whatever it is: the next frame's answer comes behind it.
        byte[] block = new byte[Math.multiplyExact(2, width * height * components)];
        in.readFully(block);
        shape.check(width, height, components);
        if (depth < precision || depth > 16) {
            throw new CodecException(
                    Fault.UNSUPPORTED, "its " + precision + " bits decode to " + depth);
        }
        short[] samples = new short[block.length / 2];
        ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
        return new Pixels(depth, samples);
    }

    private Child running() throws CodecException {
        Child now = child;
        if (now != null && now.process.isAlive()) {
            return now;
        }
        try {
            ProcessBuilder builder = new ProcessBuilder(limited(launch.command()));
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
            Process process = builder.start();
            Child started =
                    new Child(
                            process,
                            new DataInputStream(
                                    new BufferedInputStream(process.getInputStream(), 1 << 16)),
                            new DataOutputStream(
                                    new BufferedOutputStream(process.getOutputStream(), 1 << 16)));
            child = started;
            return started;
        } catch (IOException e) {
            throw new CodecException(
                    Fault.UNAVAILABLE,
                    "the process that decodes it does not start: " + e.getMessage(),
                    e);
        }
    }

    /** Under a shell's limits on memory and core files, where there is a shell. */
    private static List<String> limited(List<String> command) {
        Path shell = Path.of("/bin/sh");
        if (!Files.isExecutable(shell)) {
            return command;
        }
        List<String> limited = new ArrayList<>();
        limited.add(shell.toString());
        limited.add("-c");
        limited.add("ulimit -c 0; ulimit -v " + (MEMORY_BYTES >> 10) + "; exec \"$@\"");
        limited.add("decoder");
        limited.addAll(command);
        return limited;
    }

    private CodecException died(Child running, boolean late, IOException e) {
        child = null;
        running.process.destroyForcibly();
        if (late) {
            return new CodecException(
                    Fault.UNAVAILABLE,
                    "its codestream took longer to decode than the limit of "
                            + patience.toSeconds()
                            + " s",
                    e);
        }
        String status = "";
        try {
            if (running.process.waitFor(5, TimeUnit.SECONDS)) {
                status = " (status " + running.process.exitValue() + ")";
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        String how = e instanceof EOFException ? "ended" : "failed";
        return new CodecException(
                Fault.DAMAGED,
                "the process that decodes it " + how + " on its codestream" + status,
                e);
    }

    @Override
    public synchronized void close() {
        Child now = child;
        child = null;
        if (now != null) {
            now.process.destroyForcibly();
        }
    }
}
