package org.precedent.network.iris;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.precedent.network.SharedFiles;
import org.precedent.network.SupportImage;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.tensor.Torch;
import org.precedent.weights.NpzFile;

class IrisTest {
    private static final Path GOLDEN =
            SharedFiles.home().resolve("src/test/resources/iris-golden-2d.npz");

    private static Torch torch;
    private static Iris golden;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        golden = new Iris(torch, IrisCases.goldenWeights(IrisCases.SMALL));
    }

    @AfterAll
    static void stop() {
        golden.close();
        torch.close();
    }

    @Test
    void givesTheTrainedDefinitionsTaskEmbeddings() {
        float[] expected = NpzFile.read(GOLDEN).get("embeddings").values();
        List<SupportImage> supports = ModelCheck.read(GOLDEN).supports();
        int each = golden.taskDimension();

        for (int k = 0; k < supports.size(); k++) {
            float[] task = golden.taskVector(golden.encode(supports.get(k)).getFirst());
            float[] of = java.util.Arrays.copyOfRange(expected, k * each, (k + 1) * each);
            assertThat(ModelCheck.compare(of, task).maxAbsError()).isLessThan(5e-5);
        }
    }

    @Test
    void givesTheTrainedDefinitionsLogits() {
        ModelCheck.ReferenceCase expected = ModelCheck.read(GOLDEN);

        ModelCheck check =
                ModelCheck.compare(
                        expected.logits(), golden.segment(expected.episode(golden)).logits());

        assertThat(check.passed()).as("%s", check).isTrue();
    }
}
