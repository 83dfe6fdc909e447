package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;

/**
 * Choosing by whole images: the nearest by the embedder's cosine, or a random draw that carries the
 * same similarities. Every image of one dataset is embedded once.
 */
public final class ImageSimilarity {
    private static final Comparator<SupportChooser.Scored> BY_SIMILARITY =
            Comparator.comparingDouble(SupportChooser.Scored::similarity)
                    .reversed()
                    .thenComparing(scored -> scored.support().id());

    private final EmbeddingSpace space;
    private final Similarities similarities;

    public ImageSimilarity(ImageEmbedder embedder) {
        this.space = embedder.space();
        this.similarities = new Similarities(embedder);
    }

    public EmbeddingSpace space() {
        return space;
    }

    /** The most similar images. */
    public SupportChooser nearest() {
        return new Chooser(false);
    }

    /**
     * Drawn with equal chances. For one seed a smaller set is the beginning of a larger one, and
     * the same whatever the embedder.
     */
    public SupportChooser random() {
        return new Chooser(true);
    }

    private final class Chooser implements SupportChooser {
        private final boolean random;

        Chooser(boolean random) {
            this.random = random;
        }

        @Override
        public String name() {
            return random ? "random" : "image";
        }

        @Override
        public boolean isDrawn() {
            return random;
        }

        @Override
        public List<Scored> choose(Question question) {
            List<Annotated> from = new ArrayList<>(question.candidates());
            if (random) {
                Collections.shuffle(from, new Random(question.seed()));
                from = from.subList(0, Math.min(question.k(), from.size()));
            }
            return from.stream()
                    .map(one ->
                            new Scored(
                                    one,
                                    similarities.of(
                                            question.id(),
                                            question.query(),
                                            one.id(),
                                            one.image())))
                    .sorted(BY_SIMILARITY)
                    .limit(question.k())
                    .toList();
        }
    }
}
