package org.precedent.network.zoo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
import org.precedent.network.Episode;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.tensor.Torch;

/**
 * What does one query of one label cost with its supports encoded? {@link NetworkBenchmarks} runs
 * it for every network with weights here. A network that keeps encodings should barely notice K;
 * one that does not should keep its rate of operations as K and the image grow: a falling rate
 * means that memory traffic, or calls through JNI, take over.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SegmentationBenchmark {
    static final String PEAKS = "bench.peaks";

    /** A name that {@link Networks} knows. */
    @Param("universeg")
    public String network;

    /** Number of supports. */
    @Param("16")
    public int k;

    /** Of the square image, in pixels. */
    @Param("128")
    public int side;

    private Torch torch;
    private SegmentationNetwork model;
    private Episode episode;

    /** Loads the network and encodes the supports. */
    @Setup
    public void open() {
        torch = Torch.start(new Torch.Threads(2, 1));
        model = (SegmentationNetwork) BenchedNetwork.open(torch, network);
        episode = BenchedNetwork.episode(new SplittableRandom(7), model, k, side);
    }

    /** One query. */
    @Benchmark
    public List<Prediction.LabelAnswer> segment() {
        return model.segment(episode).labels();
    }

    /** Releases native memory, and tells the process's peak. */
    @TearDown
    public void close() throws IOException {
        Files.writeString(
                Path.of(System.getProperty(PEAKS), network + " " + k + " " + side),
                Double.toString(ProcessMemory.peakMegabytes()));
        model.close();
        torch.close();
    }
}
