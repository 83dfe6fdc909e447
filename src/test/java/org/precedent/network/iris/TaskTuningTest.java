package org.precedent.network.iris;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.network.iris.TaskTuning.Options;
import org.precedent.network.iris.TaskTuning.Progress;
import org.precedent.tensor.GarbageCollection;
import org.precedent.tensor.Torch;

/** Tuning and the memory bank: task embeddings that rest on many images. */
class TaskTuningTest {
    private static final int SIDE = 32;

    private static Torch torch;
    private static Iris network;

    @TempDir private Path folder;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        network = new Iris(torch, IrisCases.goldenWeights(IrisCases.SMALL));
    }

    @AfterAll
    static void stop() {
        network.close();
        torch.close();
    }

    @Test
    void theGradientIsThatOfTheLoss() {
        List<SupportImage> pool = pool(2);
        float[] task = network.taskVector(network.encode(pool.getFirst()).getFirst()).clone();
        TaskTuning tuning = network.tuning();
        TaskTuning.Gradient gradient = tuning.gradientOn(task, pool);

        double norm = 0;
        for (float g : gradient.values()) {
            norm += (double) g * g;
        }
        norm = Math.sqrt(norm);
        assertThat(norm).isGreaterThan(1e-4);
        // Along the gradient itself: the derivative is its norm.
        double step = 1e-2;
        float[] ahead = task.clone();
        float[] behind = task.clone();
        for (int i = 0; i < task.length; i++) {
            ahead[i] += (float) (step * gradient.values()[i] / norm);
            behind[i] -= (float) (step * gradient.values()[i] / norm);
        }
        double slope =
                (tuning.gradientOn(ahead, pool).loss() - tuning.gradientOn(behind, pool).loss())
                        / (2 * step);
        assertThat(slope).isCloseTo(norm, within(.05 * norm));
    }

    /** Numbers that an operation keeps for its gradient must outlive Java's references to them. */
    @Test
    void collectedGarbageIsNoPartOfAGradient() throws Exception {
        List<SupportImage> pool = pool(4);
        float[] task = network.taskVector(network.encode(pool.getFirst()).getFirst()).clone();
        TaskTuning tuning = network.tuning();
        float[] quiet = tuning.gradientOn(task, pool).values();
        try (GarbageCollection meanwhile = new GarbageCollection()) {
            for (int i = 0; i < 20; i++) {
                assertThat(tuning.gradientOn(task, pool).values()).isEqualTo(quiet);
            }
        }
    }

    @Test
    void lowersTheLossOnImagesHeldBackAndSaysHowFarItIs() {
        List<SupportImage> pool = pool(8);
        SupportEncoding start = network.encode(pool.getFirst()).getFirst();
        List<Progress> told = new ArrayList<>();

        SupportEncoding tuned =
                network.tune(start, pool, new Options(40, 2e-2, 3, .25, 40, 1), told::add);

        assertThat(told.getFirst().step()).isZero();
        assertThat(told.getLast().best()).isLessThan(.98 * told.getFirst().heldBackLoss());
        assertThat(tuned.tensor(Iris.TASK).values()).isNotEqualTo(start.tensor(Iris.TASK).values());
        network.segment(
                Episode.of(SIDE, SIDE, pool.get(1).image(), List.of(new Support(tuned, 1))));
    }

    @Test
    void endsEarlyWhenNothingImprovesOrWhenToldTo() {
        List<SupportImage> pool = pool(4);
        SupportEncoding start = network.encode(pool.getFirst()).getFirst();
        List<Progress> told = new ArrayList<>();

        network.tune(start, pool, new Options(500, 1e-9, 2, .25, 3, 1), told::add);
        assertThat(told.size()).isLessThan(100);

        told.clear();
        SupportEncoding stopped =
                network.tune(
                        start,
                        pool,
                        Options.defaults(),
                        progress -> {
                            told.add(progress);
                            return false;
                        });
        assertThat(told).hasSize(1);
        assertThat(stopped.tensor(Iris.TASK).values()).isEqualTo(start.tensor(Iris.TASK).values());
    }

    @Test
    void refusesAPoolOfOneAndOptionsOutOfRange() {
        List<SupportImage> pool = pool(1);
        SupportEncoding start = network.encode(pool.getFirst()).getFirst();

        assertThatThrownBy(() -> network.tune(start, pool, Options.defaults(), p -> true))
                .hasMessageContaining("a pool of 1");
        assertThatThrownBy(() -> new Options(0, 1, 1, .5, 1, 1)).hasMessageContaining("steps");
        assertThatThrownBy(() -> new Options(1, 1, 1, 1, 1, 1)).hasMessageContaining("heldBack");
    }

    @Test
    void leavesNoArrayBehind() {
        List<SupportImage> pool = pool(4);
        SupportEncoding start = network.encode(pool.getFirst()).getFirst();
        int root = torch.liveArrays();

        network.tune(start, pool, new Options(3, 1e-3, 2, .25, 3, 1), p -> true);

        assertThat(torch.liveArrays()).isEqualTo(root);
    }

    @Test
    void theMemoryBankMovesByAThousandthAndSurvivesAFile() throws Exception {
        List<SupportImage> pool = pool(2);
        SupportEncoding first = network.encode(pool.get(0)).getFirst();
        SupportEncoding second = network.encode(pool.get(1)).getFirst();
        MemoryBank bank = new MemoryBank(network);
        bank.update("disc", first);
        bank.update("disc", second);
        Path file = folder.resolve("bank.safetensors");
        bank.save(file);
        MemoryBank read = MemoryBank.read(file, network);

        assertThat(read.labels()).containsExactly("disc");
        assertThat(read.support("ring", SIDE, SIDE)).isEmpty();
        float[] kept =
                read.support("disc", SIDE, SIDE)
                        .orElseThrow()
                        .encoding()
                        .tensor(Iris.TASK)
                        .values();
        float[] a = first.tensor(Iris.TASK).values();
        float[] b = second.tensor(Iris.TASK).values();
        for (int i = 0; i < kept.length; i++) {
            assertThat((double) kept[i]).isCloseTo(.999 * a[i] + .001 * b[i], within(1e-6));
        }
        network.segment(
                Episode.of(
                        SIDE,
                        SIDE,
                        pool.getFirst().image(),
                        List.of(read.support("disc", SIDE, SIDE).orElseThrow())));
    }

    /** Bright discs somewhere on noise. */
    private static List<SupportImage> pool(int n) {
        Random random = new Random(9);
        List<SupportImage> pool = new ArrayList<>();
        for (int k = 0; k < n; k++) {
            double cx = 10 + 12 * random.nextDouble();
            double cy = 10 + 12 * random.nextDouble();
            float[] image = new float[SIDE * SIDE];
            float[] mask = new float[SIDE * SIDE];
            for (int i = 0; i < image.length; i++) {
                mask[i] = Math.hypot(i % SIDE - cx, i / SIDE - cy) < 7 ? 1 : 0;
                image[i] = .2f * random.nextFloat() + .7f * mask[i];
            }
            pool.add(SupportImage.of(SIDE, SIDE, image, mask));
        }
        return pool;
    }
}
