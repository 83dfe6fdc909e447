package org.precedent.curation.ranking;

import java.util.List;
import java.util.Locale;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.PicturePairs;
import org.precedent.imaging.PicturePairs.Pair;

/** Pictures that a pool holds twice. */
public final class Duplicates {
    private Duplicates() {}

    /**
     * What is known of an image besides its picture.
     *
     * @param patient as names are compared
     * @param group equal for slices of one series, whose neighbours are alike by nature; unique
     *     where an image is of no series
     */
    public record Source(String patient, String group) {}

    /**
     * Finds the same pixels, nearly the same pictures (encoded, cropped, brightened anew, or
     * mirrored), and patients who appear under two names by them.
     *
     * @param pictures one an image
     * @param sources of the same images, in the same order
     * @return pairs, the most alike first; the score is their likeness, 1 for the same pixels
     */
    public static List<Finding> among(List<Fingerprint> pictures, List<Source> sources) {
        return PicturePairs.among(pictures, true).stream()
                .filter(pair -> isTold(pair, sources))
                .map(pair ->
                        new Finding(
                                pair.second(),
                                pair.first(),
                                pair.likeness(),
                                reason(pair, pictures, sources)))
                .toList();
    }

    /** Two slices of one series are two images, unless their pixels are the same. */
    private static boolean isTold(Pair pair, List<Source> sources) {
        return pair.likeness() >= 1
                || !sources.get(pair.first()).group().equals(sources.get(pair.second()).group());
    }

    private static String reason(Pair pair, List<Fingerprint> pictures, List<Source> sources) {
        String what =
                pictures.get(pair.first()).samePixels(pictures.get(pair.second()))
                        ? "the same pixels"
                        : String.format(
                                Locale.ROOT,
                                "nearly the same picture%s, likeness %.3f",
                                switch (pair.mirroring()) {
                                    case NONE -> "";
                                    case LEFT_TO_RIGHT -> " mirrored left to right";
                                    case UPSIDE_DOWN -> " upside down";
                                    case BOTH -> " turned by 180 degrees";
                                },
                                pair.likeness());
        String one = sources.get(pair.first()).patient();
        String two = sources.get(pair.second()).patient();
        return one.equals(two)
                ? what
                : what + "; one patient under two names? " + one + " and " + two;
    }
}
