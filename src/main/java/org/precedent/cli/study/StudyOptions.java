package org.precedent.cli.study;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.study.StudyFormat;
import picocli.CommandLine.Option;

/** What is said of a whole study, beside what is asked of its slices. */
public final class StudyOptions {
    @Option(
            names = "--as",
            paramLabel = "FORMAT",
            description =
                    "of a study's label map: nifti, nrrd, png, or dicom-seg of a DICOM series"
                            + " (default: nrrd where the study is NRRD, else nifti)")
    private @Nullable String as;

    @Option(
            names = "--axis",
            paramLabel = "AXIS",
            description = {
                "along which axis a study is cut into slices: widest, i, j, k, axial, coronal or",
                "sagittal (default: as the pool's slices lie, else widest)"
            })
    private @Nullable String axis;

    @Option(
            names = "--modality",
            description =
                    "of a study whose file does not say it, e.g. CT, which decides its range of"
                            + " values")
    private @Nullable String modality;

    /** What was asked for; NRRD in, NRRD out otherwise. */
    StudyFormat format(String name) {
        return as == null ? StudyFormat.usual(name) : StudyFormat.of("--as", as);
    }

    /** The axis that was asked for. */
    Optional<SliceAxis> axis() {
        if (axis == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(SliceAxis.of(axis));
        } catch (IllegalArgumentException e) {
            throw ServiceException.badParameter("--axis", axis, "one of " + e.getMessage());
        }
    }

    String modality() {
        return modality == null ? "unknown" : modality;
    }

    /** Refuses what is said of a picture. */
    public void requireNone() {
        String value = as != null ? as : axis != null ? axis : modality;
        if (value != null) {
            throw ServiceException.badParameter(
                    as != null ? "--as" : axis != null ? "--axis" : "--modality",
                    value,
                    "a study: a volume as NIfTI or NRRD, or a folder of one DICOM series");
        }
    }
}
