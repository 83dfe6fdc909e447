package org.precedent.network.zoo;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.precedent.network.ImageEncoder;
import org.precedent.network.Model;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportImage;
import org.precedent.tensor.Torch;

/**
 * What does it cost to encode one annotated image, once at ingest, or one image by an image
 * encoder?
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class EncodingBenchmark {
    /** A name that {@link Networks} knows. */
    @Param("mobilesam")
    public String network;

    /** Of the square image, in pixels. */
    @Param("1024")
    public int side;

    private Torch torch;
    private Model model;
    private SupportImage support;
    private byte[] rgb;

    /** Loads the network and makes an image. */
    @Setup
    public void open() {
        SplittableRandom random = new SplittableRandom(7);
        torch = Torch.start(new Torch.Threads(2, 1));
        model = BenchedNetwork.open(torch, network);
        support = BenchedNetwork.support(random, side);
        rgb = new byte[side * side * 3];
        random.nextBytes(rgb);
    }

    /** One image. */
    @Benchmark
    public Object encode() {
        return model instanceof ImageEncoder encoder
                ? encoder.encode(side, side, rgb)
                : ((SegmentationNetwork) model).encode(support);
    }

    /** Releases native memory. */
    @TearDown
    public void close() {
        model.close();
        torch.close();
    }
}
