package org.precedent.viewer;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.volume.Meaning;

/**
 * An image that a viewer sent.
 *
 * @param site whose people share it
 * @param owner who sent it
 * @param name what the viewer calls it; of a session, its id
 * @param session whether only its owner knows it
 * @param fileSha256 of what is kept: a picture's canonical bytes, or a volume whose header says
 *     nothing but its geometry
 * @param sentHash SHA-256 of the file as it was sent
 * @param patient a pseudonym; made of the content where nothing says whose image it is
 * @param modality {@code unknown} where nothing says it
 * @param brightLow whether small values of a volume are to be shown bright
 * @param padding stored samples of a volume that are outside the image; null where there are none
 * @param info what viewers keep with it, a JSON object
 * @param keep how long it is kept after its last use
 * @param expiresAt when it goes, unless it is used before
 */
public record ViewerImage(
        UUID id,
        String site,
        String owner,
        String name,
        boolean session,
        Kind kind,
        String fileSha256,
        String sentHash,
        String patient,
        String modality,
        boolean brightLow,
        Meaning.@Nullable Padding padding,
        String info,
        Instant createdAt,
        Duration keep,
        Instant expiresAt) {
    /** What an image is, and as what file it is kept. */
    public enum Kind {
        PICTURE(".png"),
        NIFTI(".nii.gz"),
        NRRD(".nrrd");

        private final String suffix;

        Kind(String suffix) {
            this.suffix = suffix;
        }

        /** Of the file that it is given back as. */
        public String suffix() {
            return suffix;
        }
    }

    /** The series that slices of it are stored under, unique to it. */
    public String series() {
        return id.toString();
    }
}
