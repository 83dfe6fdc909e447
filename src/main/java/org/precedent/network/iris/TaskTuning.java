package org.precedent.network.iris;

import static org.precedent.tensor.Layers.times;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.precedent.network.SupportImage;
import org.precedent.network.iris.IrisNetwork.Features;
import org.precedent.tensor.Layers;
import org.precedent.tensor.Torch;

/**
 * In-context tuning (Gao et al., CVPR 2025, section 3.3): gradient descent on one task embedding,
 * with all weights as they are, so that it segments a pool of annotated images better. The loss is
 * soft Dice plus cross-entropy, the optimizer Adam. Part of the pool is held back: the embedding
 * that does best on it is the result, and the descent ends when that has not changed for a while,
 * for it overfits few images.
 *
 * <p>What of an image does not depend on the task is computed once, so a step costs little more
 * than the decoding of its images. Steps are single calls of the device's queue: queries have their
 * turn in between.
 */
public final class TaskTuning {
    /** Most images whose features are kept, 4 MB each at 128 x 128; of more, so many are drawn. */
    public static final int MAX_POOL = 128;

    private static final double FIRST_DECAY = 0.9;
    private static final double SECOND_DECAY = 0.999;
    private static final double ADAM_EPSILON = 1e-8;

    /** DJL collects the gradients of one thread at a time, in the whole process. */
    private static final ReentrantLock COLLECTOR = new ReentrantLock();

    /**
     * How to tune.
     *
     * @param steps most, >= 1
     * @param rate of Adam, > 0
     * @param batch images of a step, >= 1
     * @param heldBack part of the pool that is never descended on, in (0, 1)
     * @param patience steps without a better result on the images held back that end it, >= 1
     * @param seed draws what is held back and the order of the others
     */
    public record Options(
            int steps, double rate, int batch, double heldBack, int patience, long seed) {
        public Options {
            require("steps", steps, steps >= 1, "1 or more");
            require("rate", rate, rate > 0 && Double.isFinite(rate), "more than 0");
            require("batch", batch, batch >= 1, "1 or more");
            require("heldBack", heldBack, heldBack > 0 && heldBack < 1, "between 0 and 1");
            require("patience", patience, patience >= 1, "1 or more");
        }

        private static void require(String field, double value, boolean holds, String limit) {
            if (!holds) {
                throw new IllegalArgumentException(field + " is " + value + ", must be " + limit);
            }
        }

        /** What the paper leaves open, for pools of a few to a few dozen images. */
        public static Options defaults() {
            return new Options(200, 5e-3, 4, 0.25, 30, 1);
        }
    }

    /**
     * Where a tuning stands.
     *
     * @param step steps done; 0 for the start
     * @param loss of the step's images before it; NaN at the start
     * @param heldBackLoss of the images held back, after it
     * @param best the least heldBackLoss so far
     * @param bestStep when it was reached
     */
    public record Progress(int step, double loss, double heldBackLoss, double best, int bestStep) {}

    /** One image of the pool: what the network knows of it, and its mask [1, H W]. */
    private record Example(Features features, NDArray mask) {}

    private final Torch torch;
    private final IrisNetwork network;

    TaskTuning(Torch torch, IrisNetwork network) {
        this.torch = torch;
        this.network = network;
    }

    /**
     * Tunes one embedding.
     *
     * @param start T, [M, C] row-major
     * @param pool two images or more of one size, each with the mask of the label
     * @param report told every step; tuning ends when it says false
     * @return the embedding that did best on the images held back, maybe the start
     */
    float[] tune(
            float[] start, List<SupportImage> pool, Options options, Predicate<Progress> report) {
        Random random = new Random(options.seed());
        List<SupportImage> drawn = new ArrayList<>(pool);
        Collections.shuffle(drawn, random);
        drawn = drawn.subList(0, Math.min(MAX_POOL, drawn.size()));
        NDManager kept = torch.newManager();
        try {
            List<Example> examples = drawn.stream().map(image -> example(kept, image)).toList();
            int back = (int) Math.round(options.heldBack() * drawn.size());
            back = Math.clamp(back, 1, drawn.size() - 1);
            return descend(
                    start,
                    new ArrayList<>(examples.subList(back, examples.size())),
                    examples.subList(0, back),
                    options,
                    report,
                    random);
        } finally {
            torch.release(kept);
        }
    }

    private Example example(NDManager kept, SupportImage image) {
        long[] sizes = {image.height(), image.width()};
        return torch.call(scratch -> {
            Features features = network.features(kept, image.image(), sizes);
            NDArray mask =
                    kept.create(
                            image.masks().getFirst(),
                            new Shape(1, (long) image.height() * image.width()));
            return new Example(features, mask);
        });
    }

    private float[] descend(
            float[] start,
            List<Example> descended,
            List<Example> heldBack,
            Options options,
            Predicate<Progress> report,
            Random random) {
        float[] now = start.clone();
        float[] best = start;
        double[] first = new double[now.length];
        double[] second = new double[now.length];
        double least = loss(now, heldBack);
        int bestStep = 0;
        if (!report.test(new Progress(0, Double.NaN, least, least, 0))) {
            return best;
        }
        List<Example> queue = new ArrayList<>();
        for (int step = 1; step <= options.steps(); step++) {
            if (queue.isEmpty()) {
                Collections.shuffle(descended, random);
                queue.addAll(descended);
            }
            List<Example> batch = queue.subList(0, Math.min(options.batch(), queue.size()));
            Gradient gradient = gradient(now, batch);
            batch.clear();
            double rate =
                    options.rate()
                            * Math.sqrt(1 - Math.pow(SECOND_DECAY, step))
                            / (1 - Math.pow(FIRST_DECAY, step));
            for (int i = 0; i < now.length; i++) {
                double g = gradient.values()[i];
                first[i] = FIRST_DECAY * first[i] + (1 - FIRST_DECAY) * g;
                second[i] = SECOND_DECAY * second[i] + (1 - SECOND_DECAY) * g * g;
                now[i] -= (float) (rate * first[i] / (Math.sqrt(second[i]) + ADAM_EPSILON));
            }
            double held = loss(now, heldBack);
            if (held < least) {
                least = held;
                bestStep = step;
                best = now.clone();
            }
            boolean goOn = report.test(new Progress(step, gradient.loss(), held, least, bestStep));
            if (!goOn || step - bestStep >= options.patience()) {
                break;
            }
        }
        return best;
    }

    /**
     * @param loss mean of the images' losses
     * @param values its derivative by T, [M, C] row-major
     */
    record Gradient(double loss, float[] values) {}

    private Gradient gradient(float[] embedding, List<Example> examples) {
        return torch.call(scratch -> {
            NDArray task = task(scratch, embedding);
            task.setRequiresGradient(true);
            double loss = 0;
            COLLECTOR.lock();
            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                for (Example example : examples) {
                    try (NDManager inner = scratch.newSubManager()) {
                        NDArray each = times(loss(inner, task, example), 1f / examples.size());
                        collector.backward(each);
                        loss += each.getFloat();
                    }
                }
            } finally {
                COLLECTOR.unlock();
            }
            return new Gradient(loss, task.getGradient().toFloatArray());
        });
    }

    /** Mean of the images' losses. */
    private double loss(float[] embedding, List<Example> examples) {
        double sum = 0;
        for (Example example : examples) {
            sum +=
                    torch.call(scratch ->
                            (double) loss(scratch, task(scratch, embedding), example).getFloat());
        }
        return sum / examples.size();
    }

    private NDArray task(NDManager manager, float[] embedding) {
        IrisSize size = network.size();
        return Layers.own(manager, embedding, new Shape(1, size.taskTokens(), size.channels()));
    }

    /** 1 - (2 sum p t + 1) / (sum p + sum t + 1), plus the mean cross-entropy. */
    private NDArray loss(NDManager manager, NDArray task, Example example) {
        NDArray t = example.mask();
        NDArray l = network.logits(manager, example.features(), task); // [1, P]
        NDArray p = l.getNDArrayInternal().sigmoid();
        NDArray shared = times(p.mul(t).sum(), 2).add(1);
        NDArray dice = shared.div(p.sum().add(t.sum()).add(1)).neg().add(1);
        NDArray entropy =
                l.getNDArrayInternal()
                        .relu()
                        .sub(l.mul(t))
                        .add(l.abs().neg().exp().add(1).log())
                        .mean();
        return dice.add(entropy);
    }

    /** The derivative on given images, for tests. */
    Gradient gradientOn(float[] embedding, List<SupportImage> images) {
        NDManager kept = torch.newManager();
        try {
            return gradient(embedding, images.stream().map(i -> example(kept, i)).toList());
        } finally {
            torch.release(kept);
        }
    }
}
