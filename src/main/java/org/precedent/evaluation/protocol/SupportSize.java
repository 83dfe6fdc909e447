package org.precedent.evaluation.protocol;

import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;

/**
 * How many supports a query gets: a number, or one of the sizes of the similarity-weighted
 * UniverSeg paper (section 3 of its protocol), which follow from how many there are.
 *
 * @param kind a number or one of the paper's sizes
 * @param number K where the kind is a number, else 0
 */
public record SupportSize(Kind kind, int number) {

    /** What K depends on. */
    public enum Kind {
        /** Always the same. */
        NUMBER,
        /** K_full: every case that may support the query. */
        FULL,
        /** K_large: the largest power of two of which every query has as many. */
        LARGE,
        /** K_small: half of K_large. */
        SMALL
    }

    public SupportSize {
        if (kind == Kind.NUMBER && number < 1) {
            throw EvaluationException.setting("support size", number, "at least 1");
        }
    }

    public static SupportSize of(int k) {
        return new SupportSize(Kind.NUMBER, k);
    }

    /**
     * Reads what people write.
     *
     * @param text {@code full}, {@code large}, {@code small} or a whole number from 1
     */
    public static SupportSize parse(String text) {
        return switch (text) {
            case "full" -> new SupportSize(Kind.FULL, 0);
            case "large" -> new SupportSize(Kind.LARGE, 0);
            case "small" -> new SupportSize(Kind.SMALL, 0);
            default -> {
                int k;
                try {
                    k = Integer.parseInt(text);
                } catch (NumberFormatException e) {
                    throw EvaluationException.setting(
                            "support size", text, "full, large, small or a whole number from 1");
                }
                yield of(k);
            }
        };
    }

    /** Whether the paper draws such a set at random, out of all that there are. */
    public boolean isDrawn() {
        return kind == Kind.LARGE || kind == Kind.SMALL;
    }

    /**
     * K for the queries of a pool, the most that any gets: a query that has fewer supports is
     * answered from those that there are, as in the service.
     *
     * @throws EvaluationException when no query has a support; when one has fewer than the 2 that
     *     {@link Kind#SMALL} halves
     */
    int of(EvaluationPool pool) {
        return switch (kind) {
            case NUMBER -> {
                pool.requireSupports(1);
                yield Math.min(number, pool.mostSupports());
            }
            case FULL -> {
                pool.requireSupports(1);
                yield pool.mostSupports();
            }
            case LARGE -> {
                pool.requireSupports(1);
                yield Integer.highestOneBit(pool.fewestSupports());
            }
            case SMALL -> {
                pool.requireSupports(2);
                yield Integer.highestOneBit(pool.fewestSupports()) / 2;
            }
        };
    }

    @Override
    public String toString() {
        return switch (kind) {
            case NUMBER -> Integer.toString(number);
            case FULL -> "full";
            case LARGE -> "large";
            case SMALL -> "small";
        };
    }
}
