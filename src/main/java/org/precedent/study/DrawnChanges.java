package org.precedent.study;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.volume.Slicing;

/**
 * Where a segmentation that somebody stored differs from the one that was offered. A slice of the
 * source is spoken of where the segmentation refers to its image or shows a voxel in it; everything
 * else, and every label without a segment, stays as it was answered.
 */
final class DrawnChanges {
    private final Slicing slicing;
    private final LabelMap offered;
    private final Map<String, BitSet> drawn;
    private final BitSet spoken = new BitSet();
    private final int plane;

    /**
     * @param offered what was answered, as it is written into a segmentation: one label a voxel
     * @param drawn by label of the study, on the source's grid, i fastest
     * @param referred UIDs of the images that the segmentation refers to
     */
    DrawnChanges(
            Slicing slicing,
            LabelMap offered,
            SourceSeries source,
            Map<String, BitSet> drawn,
            Set<String> referred) {
        this.slicing = slicing;
        this.offered = offered;
        this.drawn = new LinkedHashMap<>(drawn);
        this.plane = slicing.grid().size(0) * slicing.grid().size(1);
        for (int k = 0; k < source.frames().size(); k++) {
            if (referred.contains(source.frames().get(k).instanceUid()) || isDrawn(k)) {
                spoken.set(k);
            }
        }
    }

    private boolean isDrawn(int k) {
        return drawn.values().stream()
                .anyMatch(inside -> {
                    int first = inside.nextSetBit(k * plane);
                    return first >= 0 && first < (k + 1) * plane;
                });
    }

    /**
     * The whole masks of the slices and labels that differ, by the slices' answers.
     *
     * @throws NotTaken where something is drawn in a slice that was not asked
     */
    Map<UUID, Map<String, Mask>> of(Iterable<StudyAnswer.Slice> slices) {
        Map<UUID, Map<String, Mask>> changed = new LinkedHashMap<>();
        for (StudyAnswer.Slice slice : slices) {
            Map<String, Mask> masks = changed(slice.number());
            UUID answer = slice.answer();
            if (masks.isEmpty()) {
                continue;
            }
            if (answer == null) {
                throw new NotTaken(
                        NotTaken.INVALID_VALUE,
                        "it shows %s in slice %d, which is of one value and was not asked: there is no answer to correct"
                                .formatted(masks.keySet(), slice.number()));
            }
            changed.put(answer, masks);
        }
        return changed;
    }

    private Map<String, Mask> changed(int number) {
        Map<String, Mask> changed = new LinkedHashMap<>();
        drawn.forEach((label, inside) -> {
            int value = offered.legend().getOrDefault(label, 0);
            boolean[] pixels = new boolean[slicing.width() * slicing.height()];
            boolean differs = false;
            for (int y = 0; y < slicing.height(); y++) {
                for (int x = 0; x < slicing.width(); x++) {
                    int at = slicing.index(number, x, y);
                    boolean before = (offered.map()[at] & 0xff) == value;
                    boolean now = spoken.get(at / plane) ? inside.get(at) : before;
                    pixels[y * slicing.width() + x] = now;
                    differs |= now != before;
                }
            }
            if (differs) {
                changed.put(label, new Mask(slicing.width(), slicing.height(), pixels));
            }
        });
        return changed;
    }
}
