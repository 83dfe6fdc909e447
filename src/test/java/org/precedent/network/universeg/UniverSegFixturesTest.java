package org.precedent.network.universeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.network.SharedFiles;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.tensor.Torch;

/** The published implementation's answers, computed with the official parameter names. */
class UniverSegFixturesTest {
    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"k1_uniform", "k3_uniform", "k4_weighted_64px", "k5_weighted_tau0.05"})
    void reproducesThePublishedImplementation(String name) {
        Path folder = SharedFiles.shared("fixtures/universeg");
        assumeTrue(
                Files.isDirectory(folder),
                "skipped: reference outputs are not at " + folder.toAbsolutePath());

        ModelCheck check =
                ModelCheck.run(
                        torch,
                        UniverSeg.NAME,
                        folder.resolve("state_dict.pt"),
                        folder.resolve(name + ".npz"));

        assertThat(check.passed()).as("%s", check).isTrue();
        assertThat(check.largestLogit()).isPositive();
    }
}
