package org.precedent.network.patchicl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.precedent.network.Episode;
import org.precedent.network.SharedFiles;
import org.precedent.network.SupportEncoding;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.tensor.Torch;
import org.precedent.weights.NpzFile;
import org.precedent.weights.Tensor;

class PatchIclTest {
    private static Torch torch;
    private static PatchIcl golden;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        golden = new PatchIcl(torch, PatchIclCases.goldenWeights(PatchIclCases.SMALL));
    }

    @AfterAll
    static void stop() {
        golden.close();
        torch.close();
    }

    private static Path golden(String name) {
        return SharedFiles.home().resolve("src/test/resources/" + name + ".npz");
    }

    @Test
    void answersAsTheTrainedDefinitionDoes() {
        check(golden, golden("patchicl-golden"), PatchIclCases.SMALL);
    }

    @Test
    void answersAsTheTrainedDefinitionDoesWithTheSamplerOfThePapersCode() {
        try (PatchIcl network =
                new PatchIcl(
                        torch,
                        PatchIclCases.goldenWeights(PatchIclCases.PLAIN),
                        PatchIclCases.AS_CODED)) {
            check(network, golden("patchicl-golden-as-coded"), PatchIclCases.PLAIN);
        }
    }

    private static void check(PatchIcl network, Path file, PatchIclSize size) {
        Map<String, Tensor> arrays = NpzFile.read(file);
        ModelCheck.ReferenceCase expected = ModelCheck.read(file);
        Episode episode = expected.episode(network);
        float[] taken = arrays.get("patches").values();
        List<PatchLevel> levels = PatchLevel.of(size.levels(), expected.height(), expected.width());
        for (int k = 0; k < expected.supports().size(); k++) {
            float[] patches = patches(episode, k).clone();
            int n = patches.length;
            int from = 0;
            for (PatchLevel level : levels) {
                Arrays.sort(patches, from, from += level.count());
            }
            assertThat(patches).isEqualTo(Arrays.copyOfRange(taken, k * n, (k + 1) * n));
        }

        ModelCheck check = ModelCheck.compare(expected.logits(), network.segment(episode).logits());

        assertThat(check.passed()).as("%s", check).isTrue();
        assertThat(check.largestLogit()).isGreaterThan(1);
    }

    private static float[] patches(Episode episode, int k) {
        SupportEncoding encoding = UniverSegCases.supports(episode).get(k).encoding();
        return encoding.tensor(PatchIcl.PATCHES).values();
    }
}
