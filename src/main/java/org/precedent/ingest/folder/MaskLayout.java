package org.precedent.ingest.folder;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.format.MaskValue;

/** How a dataset stores its masks. */
public sealed interface MaskLayout {

    /**
     * One folder a label, {@code DIRECTORY/LABEL/ID.png}, each mask 0 and 255 or two colours; a
     * label is absent from an image that has no file.
     *
     * @param directory absolute, or relative to the folder that the dataset is read from
     * @param labels the labels to take, in this order; empty takes every folder
     */
    record LabelFolders(String directory, List<String> labels) implements MaskLayout {
        public LabelFolders {
            labels = List.copyOf(labels);
        }
    }

    /**
     * One label map an image, each label one grey value or colour, 0 and black background.
     *
     * @param glob which files are label maps
     * @param values label name to value, in the order of the answers; no two mean the same
     */
    record LabelMaps(String glob, Map<String, MaskValue> values) implements MaskLayout {
        public LabelMaps {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
            if (values.isEmpty()) {
                throw new IllegalArgumentException("label maps need at least one NAME=VALUE");
            }
            List<MaskValue> all = List.copyOf(values.values());
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).number() == 0) {
                    throw new IllegalArgumentException(
                            all.get(i) + " is background: expected " + MaskValue.EXPECTED);
                }
                if (all.subList(0, i).stream().anyMatch(all.get(i)::meansTheSameAs)) {
                    throw new IllegalArgumentException("two labels have the same value: " + values);
                }
            }
        }
    }
}
