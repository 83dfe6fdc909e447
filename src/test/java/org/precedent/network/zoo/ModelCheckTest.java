package org.precedent.network.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.network.Episode;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.OnTorch;
import org.precedent.weights.PickleBytes;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.WeightsException;

class ModelCheckTest extends OnTorch {
    @TempDir private Path folder;

    @Test
    void passesItsOwnAnswerAndFailsAnotherOne() throws IOException {
        Path weights = folder.resolve("u.safetensors");
        SafetensorsFile.write(weights, UniverSegCases.goldenWeights().tensors());
        Episode episode = UniverSegCases.goldenEpisode(.75, .25);
        float[] logits;
        try (UniverSeg network = new UniverSeg(torch, UniverSegCases.goldenWeights())) {
            logits = network.segment(episode).logits();
        }
        ModelCheck same = ModelCheck.run(torch, "universeg", weights, write(episode, logits, 2));
        logits[100] += 2e-4f * (float) UniverSegCases.largest(logits);
        ModelCheck other = ModelCheck.run(torch, "universeg", weights, write(episode, logits, 2));

        assertThat(same.passed()).isTrue();
        assertThat(same.largestLogit()).isPositive();
        assertThat(same.tolerance()).isEqualTo(1e-4 * same.largestLogit());
        assertThat(other.passed()).isFalse();
        assertThat(other.maxAbsError()).isGreaterThan(other.tolerance());
    }

    @Test
    void failsAnAnswerThatIsNotFinite() {
        float[] expected = {1, 2};
        float[] actual = {1, Float.NaN};

        assertThat(ModelCheck.compare(expected, actual).passed()).isFalse();
    }

    @Test
    void refusesACaseWhoseArraysDoNotBelongTogether() throws IOException {
        Episode episode = UniverSegCases.goldenEpisode(.75, .25);
        Path wrongK = write(episode, new float[32 * 32], 3);
        Path empty = PickleBytes.zip(folder, Map.of("x.npy", new byte[2]));

        assertThatThrownBy(() -> ModelCheck.read(wrongK))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("do not belong together");
        assertThatThrownBy(() -> ModelCheck.read(empty)).isInstanceOf(WeightsException.class);
    }

    private Path write(Episode episode, float[] logits, int weights) throws IOException {
        int k = UniverSegCases.supports(episode).size();
        int pixels = episode.query().length;
        float[] images = new float[k * pixels];
        float[] labels = new float[k * pixels];
        float[] shares = new float[weights];
        for (int i = 0; i < k; i++) {
            Episode.Support support = UniverSegCases.supports(episode).get(i);
            System.arraycopy(support.encoding().image(), 0, images, i * pixels, pixels);
            System.arraycopy(support.encoding().label(), 0, labels, i * pixels, pixels);
            shares[i] = (float) support.weight();
        }
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("query.npy", npy("1, 1, 32, 32", episode.query()));
        entries.put("support_images.npy", npy("1, " + k + ", 1, 32, 32", images));
        entries.put("support_labels.npy", npy("1, " + k + ", 1, 32, 32", labels));
        entries.put("weights.npy", npy(weights + ",", shares));
        entries.put("logits.npy", npy("1, 1, 32, 32", logits));
        return PickleBytes.zip(folder, entries);
    }

    private static byte[] npy(String shape, float[] values) {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n";
        ByteBuffer bytes =
                ByteBuffer.allocate(10 + header.length() + 4 * values.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        bytes.putShort((short) header.length());
        bytes.put(header.getBytes(StandardCharsets.ISO_8859_1));
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
