package org.precedent.network.mobilesam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.network.SharedFiles;
import org.precedent.network.zoo.EncoderCase;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/** The published implementation's features of a real image, with the official parameter names. */
class MobileSamFixtureTest {
    private static final Path FOLDER = SharedFiles.shared("fixtures/mobilesam");
    private static final Path WEIGHTS = FOLDER.resolve("state_dict.pt");
    private static final Path CASE = FOLDER.resolve("case.npz");
    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(Torch.Threads.ofCores());
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    @BeforeEach
    void needsTheFixture() {
        assumeTrue(
                Files.isDirectory(FOLDER),
                "skipped: reference outputs are not at " + FOLDER.toAbsolutePath());
    }

    @Test
    void reproducesThePublishedImplementation() {
        ModelCheck check = ModelCheck.run(torch, MobileSam.NAME, WEIGHTS, CASE);

        assertThat(check.passed()).as("%s", check).isTrue();
        assertThat(check.largestLogit()).isPositive();
        assertThat(check.tolerance()).isEqualTo(5e-3 * check.largestLogit());
    }

    // The stored features were computed before the attention's biases were filled: the published
    // code gathers them once, when it is set to evaluate. Without them all that is left is the
    // rounding to half precision, which is a much sharper test of everything else; the golden
    // numbers test the biases.
    @Test
    void withoutAttentionBiasesOnlyTheRoundingOfTheStoredFeaturesIsLeft() {
        Map<String, Tensor> tensors = new LinkedHashMap<>(StateDict.read(WEIGHTS).tensors());
        tensors.replaceAll((name, tensor) ->
                name.endsWith(".attention_biases")
                        ? new Tensor(tensor.shape(), new float[tensor.values().length])
                        : tensor);
        try (MobileSam network =
                new MobileSam(torch, new StateDict("zero", "0".repeat(64), tensors))) {
            ModelCheck check = EncoderCase.read(CASE, network).check(network);

            assertThat(check.maxAbsError()).isLessThan(3e-4 * check.largestLogit());
        }
    }

    @Test
    void refusesACaseOfAnotherNetwork() {
        Path other = SharedFiles.shared("fixtures/universeg/k1_uniform.npz");

        assertThatThrownBy(() -> ModelCheck.run(torch, MobileSam.NAME, WEIGHTS, other))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("holds no array image_rgb_1024");
    }
}
