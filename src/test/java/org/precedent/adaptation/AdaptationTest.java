package org.precedent.adaptation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.adaptation.AdaptationGate.PatientDice;
import org.precedent.network.SharedFiles;
import org.precedent.network.crossattention.TrainingEpisode;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

class AdaptationTest {
    /** The network takes any multiple of 16; small ones are fast. */
    private static final int SIDE = 32;

    private static final Path BASE =
            SharedFiles.home().resolve("models/cross_attention.safetensors");

    private static final PoolAdaptation.Observer SILENT =
            new PoolAdaptation.Observer() {
                @Override
                public void resumed(int step) {}

                @Override
                public void progress(String phase, double done, int steps, double seconds) {}
            };

    @TempDir Path folder;
    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(2, 1));
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    /** Dark discs on a bright ground, of which the label is the lower half. */
    private static AdaptationPool pool(int patients) {
        List<AdaptationImage> images = new ArrayList<>();
        for (int i = 0; i < patients; i++) {
            SplittableRandom random = new SplittableRandom(i);
            double cx = random.nextDouble(10, 22);
            double cy = random.nextDouble(10, 22);
            double r = random.nextDouble(6, 9);
            float[] image = new float[SIDE * SIDE];
            float[] mask = new float[SIDE * SIDE];
            for (int at = 0; at < image.length; at++) {
                boolean in = Math.hypot(at % SIDE - cx, at / SIDE - cy) < r;
                image[at] = (float) ((in ? 0.2 : 0.8) + 0.1 * random.nextDouble());
                mask[at] = in && at / SIDE > cy ? 1 : 0;
            }
            images.add(new AdaptationImage("i" + i, "p" + i, image, Map.of("half", mask)));
        }
        return new AdaptationPool(images, SIDE, (a, b) -> false);
    }

    private static AdaptationTraining training(AdaptationPool pool, boolean sideBySide) {
        return new AdaptationTraining(
                torch,
                sideBySide,
                StateDict.read(BASE),
                pool,
                AdaptationRecipe.DEFAULT,
                1,
                "test",
                System::nanoTime);
    }

    @Test
    void aStoppedTrainingGoesOnAsIfItHadNotStopped() throws Exception {
        AdaptationPool pool = pool(8);
        AdaptationBudget budget = AdaptationBudget.ofSteps(4);
        AdaptationTraining whole = training(pool, true);
        whole.run(budget, () -> false, (step, done, loss) -> {});

        AdaptationTraining stopped = training(pool, false);
        assertThatThrownBy(() -> stopped.run(budget, () -> stopped.steps() == 2, (s, d, l) -> {}))
                .isInstanceOf(CancellationException.class);
        Path checkpoint = folder.resolve("checkpoint");
        stopped.save(checkpoint);
        AdaptationTraining again = training(pool, false);
        assertThat(again.resume(checkpoint)).isTrue();
        assertThat(again.steps()).isEqualTo(2);
        again.run(budget, () -> false, (step, done, loss) -> {});

        assertThat(again.steps()).isEqualTo(4);
        Map<String, Tensor> expected = whole.adapted();
        again.adapted()
                .forEach((name, tensor) ->
                        assertThat(tensor.values())
                                .as(name)
                                .isEqualTo(expected.get(name).values()));
        AdaptationTraining other =
                new AdaptationTraining(
                        torch,
                        true,
                        StateDict.read(BASE),
                        pool,
                        AdaptationRecipe.DEFAULT,
                        1,
                        "another pool",
                        System::nanoTime);
        assertThat(other.resume(checkpoint)).isFalse();
        assertThat(other.steps()).isZero();
    }

    /** The upper half of each disc must be told from the lower one, which it is not before. */
    @Test
    void aPoolThatItLearnsFromOpensTheGate() {
        Path weights = folder.resolve("adapted.safetensors");
        int arrays = torch.liveArrays();

        PoolAdaptation.Result result =
                new PoolAdaptation(torch, "cross_attention", BASE, System::nanoTime)
                        .run(
                                pool(16),
                                "discs",
                                new PoolAdaptation.Settings(
                                        AdaptationBudget.ofSteps(20),
                                        3,
                                        true,
                                        new PoolAdaptation.Checkpoint(
                                                folder.resolve("checkpoint"), Duration.ofHours(1))),
                                weights,
                                () -> false,
                                SILENT);

        assertThat(result.steps()).isEqualTo(20);
        assertThat(result.trainedOn()).isEqualTo(12);
        assertThat(result.gate().patients()).isEqualTo(4);
        assertThat(result.gate().open()).as("%s", result.gate()).isTrue();
        assertThat(result.gate().gain()).isGreaterThan(0);
        StateDict written = StateDict.read(weights);
        assertThat(written.metadata()).containsEntry("adapted_from", StateDict.read(BASE).sha256());
        assertThat(folder.resolve("checkpoint")).exists();
        assertThat(torch.liveArrays()).isEqualTo(arrays);
    }

    /** Killed: nothing is written after it, the checkpoint is the last of before. */
    @Test
    void aKilledRunGoesOnFromItsCheckpointToTheSameWeights() throws Exception {
        PoolAdaptation adaptation =
                new PoolAdaptation(torch, "cross_attention", BASE, System::nanoTime);
        Path whole = folder.resolve("whole.safetensors");
        adaptation.run(pool(16), "discs", settings("none"), whole, () -> false, SILENT);

        Path weights = folder.resolve("adapted.safetensors");
        PoolAdaptation.Settings settings = settings("checkpoint");
        List<Integer> resumed = new ArrayList<>();
        assertThatThrownBy(() ->
                        adaptation.run(
                                pool(16), "discs", settings, weights, () -> false, killedAt(5)))
                .isInstanceOf(IllegalStateException.class);
        adaptation.run(
                pool(16),
                "discs",
                settings,
                weights,
                () -> false,
                new PoolAdaptation.Observer() {
                    @Override
                    public void resumed(int step) {
                        resumed.add(step);
                    }

                    @Override
                    public void progress(String phase, double done, int steps, double seconds) {}
                });

        assertThat(resumed).containsExactly(5);
        assertThat(Files.readAllBytes(weights)).isEqualTo(Files.readAllBytes(whole));
    }

    @Test
    void aDamagedCheckpointIsAsNone() throws Exception {
        Files.writeString(folder.resolve("checkpoint"), "half of one");
        PoolAdaptation.Result result =
                new PoolAdaptation(torch, "cross_attention", BASE, System::nanoTime)
                        .run(
                                pool(16),
                                "discs",
                                settings("checkpoint"),
                                folder.resolve("adapted.safetensors"),
                                () -> false,
                                SILENT);
        assertThat(result.steps()).isEqualTo(8);
    }

    /** One lane, as in a service; a checkpoint after every step. */
    private PoolAdaptation.Settings settings(String checkpoint) {
        return new PoolAdaptation.Settings(
                AdaptationBudget.ofSteps(8),
                1,
                false,
                new PoolAdaptation.Checkpoint(folder.resolve(checkpoint), Duration.ZERO));
    }

    private static PoolAdaptation.Observer killedAt(int last) {
        return new PoolAdaptation.Observer() {
            @Override
            public void resumed(int step) {}

            @Override
            public void progress(String phase, double done, int steps, double seconds) {
                if (steps == last) {
                    throw new IllegalStateException("killed");
                }
            }
        };
    }

    @Test
    void aCancelledRunLeavesACheckpointAndNoWeights() {
        Path weights = folder.resolve("adapted.safetensors");
        Path checkpoint = folder.resolve("checkpoint");

        assertThatThrownBy(() ->
                        new PoolAdaptation(torch, "cross_attention", BASE, System::nanoTime)
                                .run(
                                        pool(16),
                                        "discs",
                                        new PoolAdaptation.Settings(
                                                AdaptationBudget.ofTime(Duration.ofHours(1)),
                                                3,
                                                true,
                                                new PoolAdaptation.Checkpoint(
                                                        checkpoint, Duration.ofHours(1))),
                                        weights,
                                        () -> true,
                                        SILENT))
                .isInstanceOf(CancellationException.class);

        assertThat(Files.exists(weights)).isFalse();
        assertThat(checkpoint).exists();
    }

    @Test
    void fifteenPatientsAreTooFew() {
        assertThatThrownBy(() -> PoolAdaptation.requirePatients(pool(15)))
                .isInstanceOf(AdaptationException.class)
                .hasMessageContaining("15 patients, and adapts from 16 on");
        assertThatThrownBy(() -> PoolAdaptation.requireAdaptable("universeg"))
                .isInstanceOf(AdaptationException.class)
                .hasMessageContaining("network universeg cannot be adapted");
    }

    @Test
    void theGateOpensForWhatHelpsSeveralPatients() {
        assertThat(gate(.1, .02, .01, -.02).open()).isTrue();
        assertThat(gate(.1, .02, .01, -.02).gain()).isCloseTo(.0275, within(1e-9));
        assertThat(gate(-.01, -.02, .01, -.02).open()).isFalse();
        assertThat(gate(.5, -.02, .01, -.02).reason()).contains("one patient");
        assertThat(gate(.5).open()).isFalse();
    }

    private static AdaptationGate gate(double... gains) {
        List<PatientDice> patients = new ArrayList<>();
        for (double gain : gains) {
            patients.add(new PatientDice("p" + patients.size(), .4, .4 + gain));
        }
        return AdaptationGate.of(patients);
    }

    @Test
    void episodesKeepPatientsAndTwinsApart() {
        List<AdaptationImage> images = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            float[] grey = new float[SIDE * SIDE];
            Arrays.fill(grey, i / 10f);
            images.add(
                    new AdaptationImage(
                            "i" + i,
                            "p" + i / 2,
                            grey,
                            Map.of(i == 7 ? "rare" : "common", new float[SIDE * SIDE])));
        }
        AdaptationPool pool =
                new AdaptationPool(images, SIDE, (a, b) -> Set.of(a, b).equals(Set.of("i0", "i2")));

        for (AdaptationImage query : images) {
            for (AdaptationImage support : pool.supportsOf(query, "common")) {
                assertThat(support.patient()).isNotEqualTo(query.patient());
                assertThat(Set.of(support.id(), query.id())).isNotEqualTo(Set.of("i0", "i2"));
            }
        }
        // Nothing supports the rare label, so nothing asks about it.
        EpisodeSampler sampler = new EpisodeSampler(pool, AdaptationRecipe.DEFAULT, 1);
        Map<Integer, Integer> sizes = new LinkedHashMap<>();
        for (int step = 0; step < 20; step++) {
            for (TrainingEpisode episode : sampler.draw(step)) {
                sizes.merge(episode.supports().size(), 1, Integer::sum);
            }
        }
        assertThat(sizes).containsOnlyKeys(4);
    }

    @Test
    void patientsAreDrawnByTheSeedWhateverTheOrderOfTheImages() {
        AdaptationPool pool = pool(20);
        AdaptationPool reversed =
                new AdaptationPool(pool.images().reversed(), SIDE, (a, b) -> false);

        assertThat(pool.drawPatients(.25, 4)).hasSize(5).isEqualTo(reversed.drawPatients(.25, 4));
        assertThat(pool.without(pool.drawPatients(.25, 4)).patients()).isEqualTo(15);
    }

    @Test
    void deformationsAreMildAndTheSameForImageAndMask() {
        AdaptationImage one = pool(1).images().getFirst();
        float[] mask = one.masks().get("half");
        double before = sum(mask);
        for (int seed = 0; seed < 30; seed++) {
            Deformation deformation = new Deformation(new SplittableRandom(seed), SIDE);
            float[] moved = deformation.mask(mask);
            float[] image = deformation.image(one.image());
            assertThat(sum(moved)).isBetween(before * .5, before * 1.7);
            double inside = 0;
            for (int i = 0; i < image.length; i++) {
                inside += moved[i] * image[i] / sum(moved);
                assertThat(moved[i]).isIn(0f, 1f);
                assertThat(image[i]).isBetween(0f, 1f);
            }
            assertThat(inside).isLessThan(.55); // the disc is darker than its ground, still
        }
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    /** Two steps of PyTorch's AdamW from 1 and -2, gradients .5 and -1, then .1 and .2. */
    @Test
    void theOptimizerIsPyTorchs() {
        float[] values = {1, -2};
        AdamW optimizer = new AdamW(new boolean[] {true, false}, .1, new float[2], new float[2]);

        optimizer.step(values, new float[] {.5f, -1}, .01, 1);
        optimizer.step(values, new float[] {.1f, .2f}, .01, 2);

        assertThat(values[0]).isCloseTo(0.97996384f, within(1e-6f));
        assertThat(values[1]).isCloseTo(-1.98487902f, within(1e-6f));
    }

    @Test
    void theRateRisesAndThenFallsAlongACosine() {
        AdaptationRecipe recipe = AdaptationRecipe.DEFAULT;
        assertThat(recipe.rate(0, 0)).isCloseTo(3e-5, within(1e-9));
        assertThat(recipe.rate(10, 0)).isCloseTo(3e-4, within(1e-9));
        assertThat(recipe.rate(50, .5)).isCloseTo(3e-4 * .51, within(1e-9));
        assertThat(recipe.rate(99, 1)).isCloseTo(6e-6, within(1e-9));
    }
}
