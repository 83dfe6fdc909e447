package org.precedent.api.monailabel;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.SentVolume;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.viewer.ViewedImage;
import org.precedent.viewer.ViewerException;
import org.precedent.viewer.ViewerSegmenter.Segmented;

/** Label maps as the files that viewers read. */
@ApplicationScoped
class LabelMapFiles {
    private final Clock clock;
    private final String version;

    LabelMapFiles(
            Clock clock,
            @ConfigProperty(name = "quarkus.application.version", defaultValue = "unknown")
                    String version) {
        this.clock = clock;
        this.version = version;
    }

    /** The files that there are, by their suffix. */
    enum Kind {
        SEGMENTS(".seg.nrrd"),
        NRRD(".nrrd"),
        NIFTI(".nii.gz"),
        FLAT_NIFTI(".nii"),
        PNG(".png");

        private final String suffix;

        Kind(String suffix) {
            this.suffix = suffix;
        }

        String suffix() {
            return suffix;
        }

        String named(String stem) {
            return stem + suffix;
        }
    }

    /**
     * The file that was asked for; without a word a picture's is PNG, a volume's NRRD.
     *
     * @throws ServiceException BAD_PARAMETER
     */
    Kind kind(@Nullable String extension, ViewedImage image) {
        boolean picture = image instanceof ViewedImage.Picture;
        if (extension == null || extension.isBlank()) {
            return picture ? Kind.PNG : Kind.NRRD;
        }
        String wanted = extension.strip().toLowerCase(Locale.ROOT);
        for (Kind kind : Kind.values()) {
            if (kind.suffix().equals(wanted.startsWith(".") ? wanted : "." + wanted)
                    && (picture || kind != Kind.PNG)) {
                return kind;
            }
        }
        throw ServiceException.badParameter(
                "params.result_extension",
                extension,
                ".nrrd, .seg.nrrd, .nii.gz, .nii" + (picture ? " or .png" : ""));
    }

    /**
     * Writes a label map.
     *
     * @param labels one byte a voxel, i fastest
     * @param packed whether NRRD is compressed
     */
    byte[] write(
            Kind kind,
            ViewedImage image,
            byte[] labels,
            Map<String, Integer> legend,
            boolean packed) {
        return switch (kind) {
            case SEGMENTS -> image.study().nrrd(labels, legend);
            case NRRD ->
                    packed ? image.study().nrrd(labels, Map.of()) : image.study().flatNrrd(labels);
            case NIFTI -> image.study().nifti(labels);
            case FLAT_NIFTI -> image.study().flatNifti(labels);
            case PNG -> png(image, labels);
        };
    }

    private static byte[] png(ViewedImage image, byte[] labels) {
        short[] values = new short[labels.length];
        for (int i = 0; i < labels.length; i++) {
            values[i] = (short) (labels[i] & 0xff);
        }
        return PngWriter.png(new Raster(image.grid().size(0), image.grid().size(1), 1, 8, values));
    }

    /** Refuses before anything is asked what no DICOM segmentation can refer to. */
    SourceSeries requireSeries(ViewedImage image) {
        SentVolume source = image instanceof ViewedImage.Scan scan ? scan.source() : null;
        return (source == null ? Optional.<SourceSeries>empty() : source.series())
                .orElseThrow(() -> ViewerException.noSeries(image.name()));
    }

    /** One binary segment a label, empty ones too; patient and study come from the source. */
    byte[] segmentation(Segmented answer) {
        List<CodedSegment> segments = new ArrayList<>();
        answer.legend()
                .forEach((label, value) -> {
                    BitSet inside = new BitSet(answer.labels().length);
                    for (int i = 0; i < answer.labels().length; i++) {
                        if ((answer.labels()[i] & 0xff) == value) {
                            inside.set(i);
                        }
                    }
                    segments.add(CodedSegment.of(label, inside));
                });
        return MaskConverter.dicom(
                requireSeries(answer.image()),
                segments,
                new Making(
                        "Precedent",
                        answer.network().isEmpty() ? "no slice was asked" : answer.network(),
                        version,
                        "",
                        LocalDateTime.now(clock.withZone(ZoneId.systemDefault()))));
    }
}
