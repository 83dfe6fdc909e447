package org.precedent.curation.consensus;

import java.util.List;
import java.util.Locale;
import org.precedent.ServiceException;
import org.precedent.imaging.Mask;

/** How several masks of one structure become one. */
public enum Consensus {
    /** Inside is what more than half of the annotators drew. */
    MAJORITY {
        @Override
        public Mask of(List<Mask> masks) {
            Mask first = require(masks);
            boolean[] inside = new boolean[first.inside().length];
            for (int i = 0; i < inside.length; i++) {
                int votes = 0;
                for (Mask mask : masks) {
                    votes += mask.inside()[i] ? 1 : 0;
                }
                inside[i] = 2 * votes > masks.size();
            }
            return new Mask(first.width(), first.height(), inside);
        }
    },
    /**
     * Inside is what is so with a probability of one half or more, each weighed by {@link Staple}.
     */
    STAPLE {
        @Override
        public Mask of(List<Mask> masks) {
            Mask first = require(masks);
            double[] probabilities = Staple.of(masks).probabilities();
            boolean[] inside = new boolean[probabilities.length];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = probabilities[i] >= 0.5;
            }
            return new Mask(first.width(), first.height(), inside);
        }
    };

    /**
     * The mask that they have in common.
     *
     * @param masks at least one, all of one size
     */
    public abstract Mask of(List<Mask> masks);

    /** Reads it as people write it, {@code majority} or {@code staple}. */
    public static Consensus named(String word) {
        for (Consensus method : values()) {
            if (method.word().equals(word)) {
                return method;
            }
        }
        throw ServiceException.badParameter("method", word, "majority or staple");
    }

    /** As people write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Mask require(List<Mask> masks) {
        Mask first = masks.getFirst();
        for (Mask mask : masks) {
            if (mask.width() != first.width() || mask.height() != first.height()) {
                throw new IllegalArgumentException(
                        "masks of %d x %d and %d x %d pixels"
                                .formatted(
                                        first.width(),
                                        first.height(),
                                        mask.width(),
                                        mask.height()));
            }
        }
        return first;
    }
}
