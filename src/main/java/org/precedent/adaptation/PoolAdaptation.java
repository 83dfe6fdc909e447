package org.precedent.adaptation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.zoo.Networks;
import org.precedent.tensor.Torch;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.WeightsException;

/**
 * Adapts the network to a pool: holds a quarter of the patients back, trains on the others, writes
 * the weights, and asks the gate.
 */
public final class PoolAdaptation {
    /** Share of the patients who are held back for the gate. */
    static final double HELD_BACK = 0.25;

    private final Torch torch;
    private final String network;
    private final Path base;
    private final AdaptationRecipe recipe;
    private final LongSupplier nanoTime;

    /**
     * What a run is asked for.
     *
     * @param seed of the patients held back, of episodes and of the gate's supports
     * @param sideBySide whether a step may take all of libtorch's threads
     * @param checkpoint where a run is written to, and taken up from; null for none. It stays until
     *     the caller removes it
     */
    public record Settings(
            AdaptationBudget budget,
            long seed,
            boolean sideBySide,
            @Nullable Checkpoint checkpoint) {}

    /**
     * What survives the end of a process, whichever way it ends.
     *
     * @param every how long a killed process may have trained in vain
     */
    public record Checkpoint(Path file, Duration every) {}

    /**
     * What came of it.
     *
     * @param weights the file that was written
     * @param seconds of training, not of the gate
     * @param trainedOn patients who were learnt from
     */
    public record Result(
            Path weights, AdaptationGate gate, int steps, double seconds, int trainedOn) {}

    /** Told how far it is. */
    public interface Observer {
        /** Training goes on from a checkpoint. */
        void resumed(int step);

        /** Called before an episode and an answer; returns when it may take the machine. */
        default void before() {}

        /**
         * @param done share of the whole work, in [0, 1]
         * @param steps made
         * @param seconds of training
         */
        void progress(String phase, double done, int steps, double seconds);
    }

    /** How much of the work is training, for progress. */
    private static final double TRAINING_SHARE = 0.85;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param network the name of the one that answers: cross-attention, mirrored or not
     * @param base its weights
     * @param nanoTime a clock in nanoseconds
     * @throws AdaptationException when the network cannot be trained
     */
    public PoolAdaptation(Torch torch, String network, Path base, LongSupplier nanoTime) {
        this(torch, network, base, AdaptationRecipe.DEFAULT, nanoTime);
    }

    PoolAdaptation(
            Torch torch,
            String network,
            Path base,
            AdaptationRecipe recipe,
            LongSupplier nanoTime) {
        requireAdaptable(network);
        this.torch = torch;
        this.network = network;
        this.base = base;
        this.recipe = recipe;
        this.nanoTime = nanoTime;
    }

    /**
     * @throws AdaptationException when the network cannot be trained
     */
    public static void requireAdaptable(String network) {
        if (!Networks.ofWeights(network).equals(CrossAttention.NAME)) {
            throw AdaptationException.network(
                    network, CrossAttention.NAME + " or " + Networks.DEFAULT);
        }
    }

    /**
     * @throws AdaptationException when the pool has too few patients
     */
    public static void requirePatients(AdaptationPool pool) {
        requirePatients(pool.patients());
    }

    /**
     * As {@link #requirePatients(AdaptationPool)}, of a pool that is not read yet.
     *
     * @throws AdaptationException when it has too few patients
     */
    public static void requirePatients(int patients) {
        if (patients < AdaptationPool.LEAST_PATIENTS) {
            throw AdaptationException.tooFewPatients(patients);
        }
    }

    /**
     * Runs to the end of the budget.
     *
     * @param identity of the pool and its version: a checkpoint of another is not taken up
     * @param weights the file that is written
     * @param cancelled asked after every step and answer
     * @throws AdaptationException when the pool has too few patients, or nothing can be written
     * @throws CancellationException when it was cancelled; the checkpoint is written
     */
    public Result run(
            AdaptationPool pool,
            String identity,
            Settings settings,
            Path weights,
            BooleanSupplier cancelled,
            Observer observer) {
        requirePatients(pool);
        StateDict start = StateDict.read(base);
        Set<String> heldBack = pool.drawPatients(HELD_BACK, settings.seed());
        AdaptationPool fit = pool.without(heldBack);
        AdaptationTraining training =
                new AdaptationTraining(
                        torch,
                        settings.sideBySide(),
                        start,
                        fit,
                        recipe,
                        settings.seed(),
                        identity + " seed " + settings.seed() + " base " + start.sha256(),
                        nanoTime);
        Checkpoint checkpoint = settings.checkpoint();
        if (checkpoint != null && resumes(training, checkpoint.file())) {
            observer.resumed(training.steps());
        }
        try {
            training.run(
                    settings.budget(), cancelled, new Training(training, checkpoint, observer));
            if (checkpoint != null) {
                save(checkpoint.file(), training); // the gate takes its time, too
            }
            write(weights, training, start);
            AdaptationGate gate =
                    gate(weights, pool.of(heldBack), fit, training, settings, cancelled, observer);
            return new Result(weights, gate, training.steps(), training.seconds(), fit.patients());
        } catch (CancellationException e) {
            if (checkpoint != null) {
                save(checkpoint.file(), training);
            }
            throw e;
        }
    }

    /** Whether training goes on from a checkpoint; one that is damaged is as none. */
    private static boolean resumes(AdaptationTraining training, Path checkpoint) {
        try {
            return Files.exists(checkpoint) && training.resume(checkpoint);
        } catch (WeightsException e) {
            return false;
        }
    }

    /** Tells of steps, and writes the state down now and then. */
    private final class Training implements AdaptationTraining.Observer {
        private final AdaptationTraining training;
        private final @Nullable Checkpoint checkpoint;
        private final Observer observer;
        private long saved = nanoTime.getAsLong();

        Training(AdaptationTraining training, @Nullable Checkpoint checkpoint, Observer observer) {
            this.training = training;
            this.checkpoint = checkpoint;
            this.observer = observer;
        }

        @Override
        public void before() {
            observer.before();
        }

        @Override
        public void step(int step, double done, double loss) {
            long now = nanoTime.getAsLong();
            if (checkpoint != null && now - saved >= checkpoint.every().toNanos()) {
                save(checkpoint.file(), training);
                saved = now;
            }
            observer.progress("training", TRAINING_SHARE * done, step, training.seconds());
        }
    }

    private AdaptationGate gate(
            Path weights,
            AdaptationPool asked,
            AdaptationPool supports,
            AdaptationTraining training,
            Settings settings,
            BooleanSupplier cancelled,
            Observer observer) {
        try (SegmentationNetwork before = Networks.open(torch, network, base);
                SegmentationNetwork after = Networks.open(torch, network, weights)) {
            return AdaptationGate.measure(
                    before,
                    after,
                    asked,
                    supports,
                    settings.seed(),
                    (done, total) -> {
                        if (cancelled.getAsBoolean()) {
                            throw new CancellationException("stopped while the gate was asked");
                        }
                        double share = (double) done / total;
                        observer.progress(
                                "checking",
                                TRAINING_SHARE + (1 - TRAINING_SHARE) * share,
                                training.steps(),
                                training.seconds());
                        observer.before();
                    });
        }
    }

    private static void write(Path weights, AdaptationTraining training, StateDict base) {
        Map<String, String> about = new LinkedHashMap<>(base.metadata());
        about.put("adapted_from", base.sha256());
        about.put("adaptation_steps", Integer.toString(training.steps()));
        try {
            SafetensorsFile.write(weights, about, training.adapted());
        } catch (IOException e) {
            throw AdaptationException.notWritten(String.valueOf(weights.getFileName()), e);
        }
    }

    private static void save(Path checkpoint, AdaptationTraining training) {
        try {
            training.save(checkpoint);
        } catch (IOException e) {
            throw AdaptationException.notWritten(String.valueOf(checkpoint.getFileName()), e);
        }
    }
}
