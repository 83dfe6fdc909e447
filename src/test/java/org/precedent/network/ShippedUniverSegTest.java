package org.precedent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The weights in {@code models/} against the outputs of the program that trained them. */
class ShippedUniverSegTest {
    @TempDir private Path folder;

    @Test
    void answersAsTheTrainingProgramDid() throws IOException {
        Path weights = SharedFiles.home().resolve("models/universeg.safetensors");
        assumeTrue(
                Files.exists(weights),
                "skipped: no weights at " + weights.toAbsolutePath() + " yet");
        Path referenceCase = folder.resolve("universeg-parity.npz");
        try (InputStream in = getClass().getResourceAsStream("/universeg-parity.npz")) {
            assertThat(in)
                    .as("weights are shipped, so the test resource universeg-parity.npz must be")
                    .isNotNull();
            Files.copy(in, referenceCase);
        }

        ModelCheck check;
        try (Torch torch = Torch.start(new Torch.Threads(1, 1))) {
            check = ModelCheck.run(torch, UniverSeg.NAME, weights, referenceCase);
        }

        assertThat(check.passed()).as("%s", check).isTrue();
        assertThat(check.largestLogit()).isPositive();
    }
}
