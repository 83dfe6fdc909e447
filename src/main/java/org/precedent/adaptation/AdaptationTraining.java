package org.precedent.adaptation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.precedent.network.crossattention.TrainableCrossAttention;
import org.precedent.network.crossattention.TrainableCrossAttention.Gradient;
import org.precedent.network.crossattention.TrainingEpisode;
import org.precedent.tensor.Torch;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * One training of the network on one pool. It can be stopped after every step, written to a file,
 * and taken up again: the steps that follow are those that would have followed.
 */
public final class AdaptationTraining {
    /** Told of every step. */
    public interface Observer {
        /** Called before an episode; returns when it may take the machine. */
        default void before() {}

        /**
         * @param done share of the budget, in [0, 1]
         * @param loss mean of the step's episodes
         */
        void step(int step, double done, double loss);
    }

    private static final String VALUES = "values";
    private static final String AVERAGE = "average";
    private static final String FIRST = "first_moment";
    private static final String SECOND = "second_moment";

    private final TrainableCrossAttention network;
    private final AdaptationRecipe recipe;
    private final EpisodeSampler episodes;
    private final Torch torch;
    private final boolean sideBySide;
    private final LongSupplier nanoTime;
    private final String identity;
    private final float[] values;
    private final float[] average;
    private final float[] first;
    private final float[] second;
    private final AdamW optimizer;
    private int step;
    private double seconds;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param sideBySide whether a step may take all of libtorch's threads
     * @param base the weights to start from
     * @param pool what is learnt from, all of it
     * @param identity of base, pool and seed: a checkpoint of another training is not taken up
     * @param nanoTime a clock in nanoseconds
     */
    AdaptationTraining(
            Torch torch,
            boolean sideBySide,
            StateDict base,
            AdaptationPool pool,
            AdaptationRecipe recipe,
            long seed,
            String identity,
            LongSupplier nanoTime) {
        this.network = new TrainableCrossAttention(base);
        this.recipe = recipe;
        this.episodes = new EpisodeSampler(pool, recipe, seed);
        this.torch = torch;
        this.sideBySide = sideBySide;
        this.nanoTime = nanoTime;
        this.identity = identity;
        this.values = network.values();
        this.average = values.clone();
        this.first = new float[network.trained()];
        this.second = new float[network.trained()];
        this.optimizer = new AdamW(network.decayed(), recipe.decay(), first, second);
    }

    /**
     * Trains until the budget is spent.
     *
     * @param cancelled asked after every step
     * @throws CancellationException when it was; the state is whole and can be written
     */
    public void run(AdaptationBudget budget, BooleanSupplier cancelled, Observer observer) {
        while (budget.done(step, seconds) < 1) {
            double loss = step(budget.done(step, seconds), observer);
            observer.step(step, budget.done(step, seconds), loss);
            if (cancelled.getAsBoolean() && budget.done(step, seconds) < 1) {
                throw new CancellationException("stopped after step " + step);
            }
        }
    }

    private double step(double done, Observer observer) {
        List<Gradient> each = gradients(episodes.draw(step), observer);
        long start = nanoTime.getAsLong();
        float[] sum = new float[network.trained()];
        double loss = 0;
        for (Gradient one : each) {
            loss += one.loss() / each.size();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += one.gradient()[i] / each.size();
            }
        }
        double square = 0;
        for (float g : sum) {
            square += (double) g * g;
        }
        double length = Math.sqrt(square);
        double rate = recipe.rate(step, done);
        step++;
        // A gradient that is not finite teaches nothing.
        if (Double.isFinite(length)) {
            double factor = Math.min(1, recipe.clip() / (length + 1e-6));
            for (int i = 0; i < sum.length; i++) {
                sum[i] *= (float) factor;
            }
            optimizer.step(values, sum, rate, step);
            network.follow(values, (float) recipe.follow());
        }
        // At first it looks back over few steps.
        float keep = (float) Math.min(recipe.average(), step / (10.0 + step));
        for (int i = 0; i < average.length; i++) {
            average[i] = values[i] + keep * (average[i] - values[i]);
        }
        seconds += (nanoTime.getAsLong() - start) / 1e9;
        return loss;
    }

    /** All at once, or one after the other so that others get their turn in between. */
    private List<Gradient> gradients(List<TrainingEpisode> drawn, Observer observer) {
        List<List<TrainingEpisode>> together =
                sideBySide ? List.of(drawn) : drawn.stream().map(List::of).toList();
        List<Gradient> gradients = new ArrayList<>();
        for (List<TrainingEpisode> part : together) {
            observer.before();
            long start = nanoTime.getAsLong();
            gradients.addAll(network.gradients(torch, sideBySide, values, part));
            seconds += (nanoTime.getAsLong() - start) / 1e9;
        }
        return gradients;
    }

    /** Steps made so far. */
    public int steps() {
        return step;
    }

    /** Seconds of training so far. */
    public double seconds() {
        return seconds;
    }

    /** The averaged weights, as a file has them. */
    public Map<String, Tensor> adapted() {
        return network.tensors(average);
    }

    /** Writes everything that {@link #resume} needs; the file appears whole or not at all. */
    public void save(Path checkpoint) throws IOException {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put(VALUES, vector(values));
        state.put(AVERAGE, vector(average));
        state.put(FIRST, vector(first));
        state.put(SECOND, vector(second));
        Map<String, String> about = new LinkedHashMap<>();
        about.put("identity", identity);
        about.put("step", Integer.toString(step));
        about.put("seconds", Double.toString(seconds));
        SafetensorsFile.write(checkpoint, about, state);
    }

    private static Tensor vector(float[] values) {
        return new Tensor(new long[] {values.length}, values);
    }

    /**
     * Goes on from a checkpoint.
     *
     * @return whether it was one of the same training; otherwise nothing is changed
     */
    public boolean resume(Path checkpoint) {
        SafetensorsFile.Contents state = SafetensorsFile.read(checkpoint);
        List<float[]> into = List.of(values, average, first, second);
        List<String> names = List.of(VALUES, AVERAGE, FIRST, SECOND);
        List<float[]> from = new ArrayList<>();
        for (String name : names) {
            Tensor tensor = state.tensors().get(name);
            int at = from.size();
            if (tensor == null || tensor.values().length != into.get(at).length) {
                return false;
            }
            from.add(tensor.values());
        }
        String made = state.metadata().get("step");
        String took = state.metadata().get("seconds");
        if (!identity.equals(state.metadata().get("identity")) || made == null || took == null) {
            return false;
        }
        for (int i = 0; i < into.size(); i++) {
            System.arraycopy(from.get(i), 0, into.get(i), 0, into.get(i).length);
        }
        step = Integer.parseInt(made);
        seconds = Double.parseDouble(took);
        return true;
    }
}
