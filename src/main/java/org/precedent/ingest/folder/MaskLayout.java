package org.precedent.ingest.folder;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a dataset stores its masks. */
public sealed interface MaskLayout {

    /**
     * One folder a label, {@code DIRECTORY/LABEL/ID.png}, each mask 0 or 255; a label is absent
     * from an image that has no file.
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
     * One label map an image, each label one grey value, 0 background.
     *
     * @param glob which files are label maps
     * @param values label name to grey value, 1 to 65535, in the order of the answers
     */
    record LabelMaps(String glob, Map<String, Integer> values) implements MaskLayout {
        public LabelMaps {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
            if (values.isEmpty()) {
                throw new IllegalArgumentException("label maps need at least one NAME=VALUE");
            }
            values.forEach((label, value) -> {
                if (value < 1 || value > 65535) {
                    throw new IllegalArgumentException(
                            "label " + label + "=" + value + ": expected 1 to 65535");
                }
            });
            if (values.values().stream().distinct().count() < values.size()) {
                throw new IllegalArgumentException("two labels have the same value: " + values);
            }
        }
    }
}
