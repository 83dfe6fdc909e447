package org.precedent.network.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.network.Episode;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.OnTorch;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

class NetworksTest extends OnTorch {
    @TempDir private Path folder;

    @Test
    void opensANetworkFromItsFile() throws IOException {
        Path file = folder.resolve("u.safetensors");
        SafetensorsFile.write(file, UniverSegCases.goldenWeights().tensors());
        Episode episode = UniverSegCases.goldenEpisode(1);

        try (SegmentationNetwork network = Networks.open(torch, "universeg", file);
                UniverSeg golden = new UniverSeg(torch, UniverSegCases.goldenWeights())) {
            assertThat(network.name()).isEqualTo("universeg");
            assertThat(network.weightsSha256()).isEqualTo(StateDict.sha256(file));
            assertThat(network.nativeSize()).isEqualTo(128);
            assertThat(network.sizeMultiple()).isEqualTo(8);
            assertThat(network.segment(UniverSegCases.encodedBy(network, episode)).logits())
                    .isEqualTo(golden.segment(episode).logits());
        }
    }

    @Test
    void namesTheKnownNetworksWhenItDoesNotKnowOne() {
        assertThatThrownBy(() -> Networks.open(torch, "unet", folder.resolve("x")))
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> assertThat(e.code()).isEqualTo(NetworkException.Code.UNKNOWN_NETWORK))
                .hasMessageContaining("'unet'")
                .hasMessageContaining("universeg");
    }

    @Test
    void refusesWeightsOfSomethingElse() throws IOException {
        Path file = folder.resolve("other.safetensors");
        SafetensorsFile.write(file, Map.of("x", new Tensor(new long[] {1}, new float[1])));

        assertThatThrownBy(() -> Networks.open(torch, "universeg", file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("missing")
                .hasMessageContaining("out_conv.conv.weight");
    }
}
