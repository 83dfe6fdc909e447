package org.precedent.cli.study;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.study.StudyArchive;
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

    @Option(
            names = "--study",
            paramLabel = "UID",
            description = {
                "in place of IMAGE: the Study Instance UID of a study of the archive",
                "(PRECEDENT_DICOMWEB_URL), which is fetched from there"
            })
    private @Nullable String studyUid;

    @Option(
            names = "--series",
            paramLabel = "UID",
            description =
                    "the Series Instance UID of the study's series that is meant (default: the only"
                            + " one with images)")
    private @Nullable String seriesUid;

    @Option(
            names = "--push",
            description =
                    "also stores the segmentation in the archive, with --study; implies --as"
                            + " dicom-seg")
    private boolean push;

    @Option(
            names = "--burnt-in",
            paramLabel = "refused|allowed",
            description = {
                "DICOM files that say, or do not deny, that annotations are burnt into their pixels:",
                "refused, or allowed, by which you assert that they are clean; the audit keeps that"
            })
    private @Nullable String burntIn;

    @Option(
            names = "--network",
            paramLabel = "NAME",
            description = {
                "of a study: iris3d segments all slices at once, from whole volumes of the pool; its",
                "weights must have been imported (`model import W.pt --network iris3d`). Default: the",
                "pool's network, slice by slice"
            })
    private @Nullable String network;

    /** The network of volumes that was asked for; null for the pool's. */
    @Nullable String network() {
        return network;
    }

    /** Whether somebody asserts that pixels are clean. */
    public BurntIn burntIn() {
        return BurntIn.of("--burnt-in", burntIn);
    }

    /** The study of the archive that is asked about; empty where a file or folder is. */
    public Optional<StudyArchive.Wanted> archived() {
        return studyUid == null
                ? Optional.empty()
                : Optional.of(new StudyArchive.Wanted(studyUid, seriesUid));
    }

    /** Whether the segmentation goes to the archive. */
    public boolean push() {
        return push;
    }

    /**
     * Refuses what cannot go together.
     *
     * @param image whether a file or folder is named
     */
    public void check(boolean image) {
        if (studyUid == null && (seriesUid != null || push)) {
            throw ServiceException.badParameter(
                    seriesUid != null ? "--series" : "--push",
                    seriesUid != null ? seriesUid : "true",
                    "--study UID, a study of the archive");
        }
        if (studyUid != null && image) {
            throw ServiceException.badParameter(
                    "--study", studyUid, "without IMAGE: one of them is segmented");
        }
        if (push && as != null && StudyFormat.of("--as", as) != StudyFormat.DICOM_SEG) {
            throw ServiceException.badParameter(
                    "--as", as, "dicom-seg, with --push: what is written is what is stored");
        }
    }

    /** What was asked for; NRRD in, NRRD out otherwise. */
    StudyFormat format(String name) {
        if (as != null) {
            return StudyFormat.of("--as", as);
        }
        return push ? StudyFormat.DICOM_SEG : StudyFormat.usual(name);
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
        String value =
                as != null
                        ? as
                        : axis != null
                                ? axis
                                : modality != null ? modality : network != null ? network : burntIn;
        if (value != null) {
            throw ServiceException.badParameter(
                    as != null
                            ? "--as"
                            : axis != null
                                    ? "--axis"
                                    : modality != null
                                            ? "--modality"
                                            : network != null ? "--network" : "--burnt-in",
                    value,
                    "a study: a volume as NIfTI or NRRD, or a folder of one DICOM series");
        }
    }
}
