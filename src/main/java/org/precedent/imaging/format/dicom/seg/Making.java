package org.precedent.imaging.format.dicom.seg;

import java.time.LocalDateTime;

/**
 * Who made a segmentation, and when.
 *
 * @param algorithm what drew it; empty where a person did
 * @param algorithmVersion of it, weights included; empty for a person
 * @param software version of this program, never empty
 * @param description of the whole, at most 64 characters; may be empty
 * @param at the time that the file states
 */
public record Making(
        String algorithm,
        String algorithmVersion,
        String software,
        String description,
        LocalDateTime at) {
    public Making {
        if (software.isBlank()) {
            throw new IllegalArgumentException("software without a version");
        }
        if (!algorithm.isBlank() && algorithmVersion.isBlank()) {
            throw new IllegalArgumentException("algorithm '" + algorithm + "' without a version");
        }
    }

    boolean byHand() {
        return algorithm.isBlank();
    }
}
