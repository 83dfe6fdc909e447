package org.precedent.study;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.precedent.ServiceException;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.Study;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.volume.Slicing;

/** How a study's label map is written. */
public enum StudyFormat {
    NIFTI("application/gzip", ".labels.nii.gz"),
    NRRD("application/x-nrrd", ".labels.seg.nrrd"),
    /** A picture a slice; several files. */
    PNG("application/zip", ".labels.zip"),
    /** Of a DICOM series, whose patient and study are in it. */
    DICOM_SEG("application/dicom", ".seg.dcm");

    private final String mediaType;
    private final String suffix;

    StudyFormat(String mediaType, String suffix) {
        this.mediaType = mediaType;
        this.suffix = suffix;
    }

    /** As what it is sent. */
    public String mediaType() {
        return mediaType;
    }

    /** What follows the study's own name in the name of a file; of pictures, of all together. */
    public String suffix() {
        return suffix;
    }

    /** As it is written in requests and options. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All words, for messages. */
    private static String words() {
        return Arrays.stream(values()).map(StudyFormat::word).collect(Collectors.joining(", "));
    }

    /**
     * The format of a word.
     *
     * @param field that holds it
     * @throws ServiceException BAD_PARAMETER with the words there are
     */
    public static StudyFormat of(String field, String word) {
        return Arrays.stream(values())
                .filter(format -> format.word().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() ->
                        ServiceException.badParameter(field, word, "expected one of " + words()));
    }

    /** What is written where nobody says: NRRD of NRRD, else NIfTI. */
    public static StudyFormat usual(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith("rrd") ? NRRD : NIFTI;
    }

    /** A file of a label map. */
    public record Written(String name, byte[] bytes) {}

    /**
     * Writes a label map as NIfTI, NRRD or pictures.
     *
     * @param stem what the names of files begin with
     */
    public List<Written> write(Study study, Slicing slicing, LabelMap labels, String stem) {
        return switch (this) {
            case NIFTI -> List.of(new Written(stem + suffix, study.nifti(labels.map())));
            case NRRD ->
                    List.of(new Written(stem + suffix, study.nrrd(labels.map(), labels.legend())));
            case PNG -> {
                List<Written> files = new ArrayList<>();
                for (int number = 0; number < slicing.count(); number++) {
                    files.add(
                            new Written(
                                    String.format(Locale.ROOT, "%s.%04d.labels.png", stem, number),
                                    PngWriter.png(slice(slicing, labels.map(), number))));
                }
                yield files;
            }
            case DICOM_SEG -> throw new IllegalStateException("written from its series");
        };
    }

    private static Raster slice(Slicing slicing, byte[] map, int number) {
        short[] values = new short[slicing.width() * slicing.height()];
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                values[y * slicing.width() + x] = (short) (map[slicing.index(number, x, y)] & 0xff);
            }
        }
        return new Raster(slicing.width(), slicing.height(), 1, 8, values);
    }

    /**
     * A label map as a DICOM segmentation: one binary segment a label, empty ones too; patient and
     * study come from the source.
     *
     * @param network that answered, with its weights; may be empty
     * @param software the version of this program
     * @param at the time that the file states
     */
    public static byte[] segmentation(
            SourceSeries series,
            LabelMap labels,
            String network,
            String software,
            LocalDateTime at) {
        byte[] map = labels.map();
        List<CodedSegment> segments = new ArrayList<>();
        labels.legend()
                .forEach((label, value) -> {
                    BitSet inside = new BitSet(map.length);
                    for (int i = 0; i < map.length; i++) {
                        if ((map[i] & 0xff) == value) {
                            inside.set(i);
                        }
                    }
                    segments.add(CodedSegment.of(label, inside));
                });
        return MaskConverter.dicom(
                series,
                segments,
                new Making(
                        "Precedent",
                        network.isEmpty() ? "no slice was asked" : network,
                        software,
                        "",
                        at));
    }
}
