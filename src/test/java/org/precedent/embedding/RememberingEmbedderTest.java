package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Raster;

class RememberingEmbedderTest {
    private final List<Integer> embedded = new ArrayList<>();

    private final ImageEmbedder counting =
            new ImageEmbedder() {
                @Override
                public EmbeddingSpace space() {
                    return new EmbeddingSpace("count", "0".repeat(8), Level.IMAGE, 1);
                }

                @Override
                public float[] embed(Raster image) {
                    embedded.add(image.sample(0, 0, 0));
                    return new float[] {image.sample(0, 0, 0)};
                }

                @Override
                public void close() {
                    embedded.add(-1);
                }
            };

    private final RememberingEmbedder embedder = new RememberingEmbedder(counting, 2);

    @Test
    void embedsEqualPixelsOnceUntilOthersTakeTheirPlace() {
        embedder.embed(pixel(1));
        embedder.embed(pixel(2));
        embedder.embed(pixel(1));
        embedder.embed(pixel(3)); // 2 was not asked for the longest
        embedder.embed(pixel(1));
        embedder.embed(pixel(2));

        assertThat(embedded).containsExactly(1, 2, 3, 2);
    }

    @Test
    void givesEveryCallerAnArrayOfItsOwn() {
        float[] first = embedder.embed(pixel(5));
        first[0] = 0;
        float[] second = embedder.embed(pixel(5));
        second[0] = 0;

        assertThat(embedder.embed(pixel(5))).containsExactly(5);
        assertThat(embedder.space()).isEqualTo(counting.space());
    }

    @Test
    void closesWhatItRemembersFor() {
        embedder.close();

        assertThat(embedded).containsExactly(-1);
    }

    private static Raster pixel(int value) {
        return new Raster(1, 1, 1, 8, new short[] {(short) value});
    }
}
