package org.precedent.network.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.OnTorch;
import org.precedent.tensor.Torch;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

class DeviceCheckTest extends OnTorch {
    @TempDir private Path folder;

    @Test
    void oneDeviceAgreesWithItself() throws IOException {
        Path file = folder.resolve("u.safetensors");
        SafetensorsFile.write(file, weights(1).tensors());
        try (Torch other = Torch.start(new Torch.Threads(1, 1))) {
            ModelCheck check = DeviceCheck.run(torch, other, UniverSeg.NAME, file);

            assertThat(check.passed()).isTrue();
            assertThat(check.maxAbsError()).isZero();
            assertThat(check.largestLogit()).isPositive();
            assertThat(check.tolerance()).isEqualTo(1e-3 * check.largestLogit());
        }
    }

    @Test
    void aDeviceThatMultipliesWrongIsFound() {
        try (UniverSeg right = new UniverSeg(torch, weights(1));
                UniverSeg wrong = new UniverSeg(torch, weights(1.01f))) {
            assertThat(DeviceCheck.compare(right, wrong).passed()).isFalse();
        }
    }

    /** The head's bias and weights times a factor. */
    private static StateDict weights(float factor) {
        StateDict random = UniverSegCases.randomWeights(new SplittableRandom(3), 8);
        Map<String, Tensor> tensors = new LinkedHashMap<>(random.tensors());
        Tensor head = tensors.get("out_conv.conv.weight");
        float[] scaled = head.values().clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= factor;
        }
        tensors.put("out_conv.conv.weight", new Tensor(head.shape(), scaled));
        return new StateDict("w", UniverSegCases.HASH, tensors);
    }
}
