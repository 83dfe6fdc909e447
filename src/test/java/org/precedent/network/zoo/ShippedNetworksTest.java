package org.precedent.network.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.precedent.network.SharedFiles;
import org.precedent.tensor.Torch;

/** The shipped weights give, here, what the definitions that were trained gave. */
class ShippedNetworksTest {
    @TempDir private Path folder;

    /** Every segmentation network whose weights are shipped. */
    static List<String> shipped() {
        return Networks.segmenting().stream().filter(n -> Files.exists(weights(n))).toList();
    }

    private static Path weights(String name) {
        return SharedFiles.home().resolve("models").resolve(name + ".safetensors");
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void agreesWithTheTrainedDefinition(String name) throws IOException {
        String resource = name.replace('_', '-') + "-parity.npz";
        Path referenceCase = folder.resolve(resource);
        try (InputStream in = getClass().getResourceAsStream("/" + resource)) {
            assertThat(in)
                    .as("weights of %s are shipped, so models/training/parity.py must be run", name)
                    .isNotNull();
            Files.copy(in, referenceCase);
        }
        try (Torch torch = Torch.start(new Torch.Threads(1, 1))) {
            ModelCheck check = ModelCheck.run(torch, name, weights(name), referenceCase);

            assertThat(check.passed()).as("%s", check).isTrue();
        }
    }
}
