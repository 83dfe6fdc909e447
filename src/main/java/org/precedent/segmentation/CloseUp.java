package org.precedent.segmentation;

import java.util.List;
import java.util.Optional;
import org.precedent.imaging.Frame;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;
import org.precedent.network.Episode;
import org.precedent.network.SupportEncoding;

/**
 * A second look from nearer by. The query is cut out around its first answer and every support
 * around its mask, {@value #MARGIN} times as wide as what is inside; the same network answers once
 * more, and the probabilities of both answers are averaged. So a small object fills the network's
 * square, and what lies far from the rest of the first answer does not come into it.
 *
 * <p>It helps where objects are small and found roughly; where the first answer is in the wrong
 * place the second one stays there. Which it is, {@code evaluate --close-up} tells of a pool.
 */
public final class CloseUp {
    /** How much wider the cut is than what it is made around. */
    static final double MARGIN = 2;

    /** Of the first answer's pixels, the part at each of the four sides that does not count. */
    static final double STRAY = 0.02;

    /** The narrowest cut, as a part of the image's longer side: of less, nothing is seen around. */
    static final double NARROWEST = 0.2;

    private final Segmenter segmenter;

    /**
     * @param segmenter that gave the first answers
     */
    public CloseUp(Segmenter segmenter) {
        this.segmenter = segmenter;
    }

    /**
     * What the network knows of an annotation and what is around it; worth keeping, because it does
     * not depend on the query.
     *
     * @return nothing where the mask is empty
     */
    public Optional<SupportEncoding> encode(Raster image, Mask mask) {
        return around(mask, Frame.shown(image, segmenter.range()), 0)
                .map(part -> segmenter.encode(image, mask, part));
    }

    /**
     * Looks again.
     *
     * @param query of any size
     * @param first the network's answer to the whole query
     * @param supports those that it rests on and that {@link #encode} gives an encoding of; their
     *     weights are scaled to sum to 1
     * @return probabilities and mask of both answers; logits, geometry and agreement of the first.
     *     The first itself where it is empty, and where there is no support
     */
    public Segmentation again(Raster query, Segmentation first, List<Episode.Support> supports) {
        Optional<Frame> cut = around(first.mask(), Frame.shown(query, segmenter.range()), STRAY);
        if (cut.isEmpty() || supports.isEmpty()) {
            return first;
        }
        Segmentation second =
                segmenter.segment(query, cut.get(), Episode.LabelContext.scaled(supports));
        Plane before = first.probabilities();
        Plane after = second.probabilities();
        float[] mean = new float[before.values().length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (before.values()[i] + after.values()[i]) / 2;
        }
        Plane both = new Plane(before.width(), before.height(), mean);
        return new Segmentation(
                both,
                Resampling.above(both, 0.5),
                first.logits(),
                first.geometry(),
                first.agreement());
    }

    /**
     * Where to cut: a square around a mask as far as the image reaches.
     *
     * @param shown the image without its frame
     * @param stray the part of the mask at each side that does not count
     * @return nothing where the mask is empty
     */
    static Optional<Frame> around(Mask mask, Frame shown, double stray) {
        int[] columns = new int[mask.width()];
        int[] rows = new int[mask.height()];
        int area = 0;
        for (int y = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++) {
                if (mask.at(x, y)) {
                    columns[x]++;
                    rows[y]++;
                    area++;
                }
            }
        }
        if (area == 0) {
            return Optional.empty();
        }
        int left = edge(columns, stray * area, 0, 1);
        int right = edge(columns, stray * area, columns.length - 1, -1) + 1;
        int top = edge(rows, stray * area, 0, 1);
        int bottom = edge(rows, stray * area, rows.length - 1, -1) + 1;
        int longer = Math.max(shown.width(), shown.height());
        double side = Math.max(MARGIN * Math.max(right - left, bottom - top), NARROWEST * longer);
        double x = (left + right) / 2.0;
        double y = (top + bottom) / 2.0;
        Frame cut =
                new Frame(
                        (int) Math.max(shown.left(), Math.round(x - side / 2)),
                        (int) Math.max(shown.top(), Math.round(y - side / 2)),
                        (int) Math.min(shown.right(), Math.round(x + side / 2)),
                        (int) Math.min(shown.bottom(), Math.round(y + side / 2)));
        return cut.width() > 0 && cut.height() > 0 ? Optional.of(cut) : Optional.empty();
    }

    private static int edge(int[] counts, double stray, int from, int step) {
        int at = from;
        for (int seen = counts[at]; seen <= stray; seen += counts[at]) {
            at += step;
        }
        return at;
    }
}
