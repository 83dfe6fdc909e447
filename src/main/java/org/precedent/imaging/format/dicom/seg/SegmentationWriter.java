package org.precedent.imaging.format.dicom.seg;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.dicom.SourceSeries.Frame;
import org.precedent.imaging.format.dicom.SourceSeries.Loss;
import org.precedent.imaging.format.dicom.SourceSeries.Repeated;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;

/**
 * Writes binary DICOM segmentations.
 *
 * <p>Frames follow each other segment by segment, in the order of the source's slices; those
 * without a pixel are left out, but every segment has at least one, so that "nothing was found" is
 * told from "was not looked for". The UIDs are hashes of everything else in the file: the same
 * masks of the same source at the same time are the same object, and any other is another.
 */
public final class SegmentationWriter {
    private static final String SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4";
    private static final String EXPLICIT = "1.2.840.10008.1.2.1";
    private static final String IMPLEMENTATION = "2.25.305828488182831875890203105390285383139";
    private static final String NAME = "Precedent";

    /** Characters of a text of representation LO, and of a decimal number. */
    private static final int MOST_TEXT = 64;

    private static final int MOST_DECIMAL = 16;

    private final SourceSeries source;
    private final List<CodedSegment> segments;
    private final Making making;
    private final TextEncoding texts;
    private final DataSetWriter out;
    private final boolean oneOrientation;

    private SegmentationWriter(SourceSeries source, List<CodedSegment> segments, Making making) {
        this.source = source;
        this.segments = segments;
        this.making = making;
        SortedMap<Integer, Repeated> repeated = source.repeated();
        this.texts = TextEncoding.of(repeated);
        this.out = new DataSetWriter(texts.charset());
        this.oneOrientation =
                source.frames().stream().map(Frame::orientation).distinct().count() == 1;
        repeated.forEach((number, element) ->
                out.bytes(number, element.representation(), trimmed(element.value())));
    }

    /** One frame of the file: a segment (from 0) on a slice (from 0). */
    private record Part(int segment, int slice) {}

    /**
     * A file.
     *
     * @param segments at least one, each with a mask on the source's grid
     * @throws ImagingException when a label cannot be written in the source's character set
     */
    public static byte[] write(SourceSeries source, List<CodedSegment> segments, Making making) {
        if (segments.isEmpty() || segments.size() > 0xffff) {
            throw new IllegalArgumentException(segments.size() + " segments, expected 1 to 65535");
        }
        for (CodedSegment segment : segments) {
            if (segment.inside().length() > source.grid().voxels()) {
                throw new IllegalArgumentException(
                        "voxel " + (segment.inside().length() - 1) + " of " + source.grid());
            }
        }
        return new SegmentationWriter(source, segments, making).file();
    }

    private byte[] file() {
        List<Part> parts = parts();
        series();
        equipment();
        image(parts);
        references();
        dimensions();
        segmentSequence();
        out.sequence(0x5200_9229, List.of(shared()));
        out.sequence(0x5200_9230, parts.stream().map(this::frame).toList());
        out.bytes(0x7fe0_0010, "OB", packed(parts));
        // Named last, by all of the above.
        MessageDigest all = sha256();
        out.each(all::update);
        byte[] hash = all.digest();
        String instance = uid(hash, "instance");
        out.text(0x0008_0018, "UI", instance);
        out.text(0x0020_000e, "UI", uid(hash, "series"));
        return out.toFile(
                Map.of(
                        0x0002_0002, SEGMENTATION,
                        0x0002_0003, instance,
                        0x0002_0010, EXPLICIT,
                        0x0002_0012, IMPLEMENTATION),
                "PRECEDENT");
    }

    private List<Part> parts() {
        int slice = sliceVoxels();
        List<Part> parts = new ArrayList<>();
        for (int segment = 0; segment < segments.size(); segment++) {
            BitSet inside = segments.get(segment).inside();
            int before = parts.size();
            int voxel = inside.nextSetBit(0);
            while (voxel >= 0) {
                int k = voxel / slice;
                parts.add(new Part(segment, k));
                voxel = inside.nextSetBit((k + 1) * slice);
            }
            if (parts.size() == before) {
                parts.add(new Part(segment, 0));
            }
        }
        return parts;
    }

    private void series() {
        out.text(0x0008_0060, "CS", "SEG");
        out.text(0x0020_0011, "IS", "1");
        out.text(0x0020_0013, "IS", "1");
        if (!making.description().isBlank()) {
            out.text(0x0008_103e, "LO", texts.line(making.description(), MOST_TEXT));
        }
    }

    private void equipment() {
        out.text(0x0008_0070, "LO", NAME);
        out.text(0x0008_1090, "LO", NAME);
        out.text(0x0018_1000, "LO", "1"); // a program has no serial number, but one is demanded
        out.text(0x0018_1020, "LO", texts.line(making.software(), MOST_TEXT));
    }

    private void image(List<Part> parts) {
        Grid grid = source.grid();
        out.text(0x0008_0008, "CS", "DERIVED", "PRIMARY");
        out.text(0x0008_0016, "UI", SEGMENTATION);
        out.text(
                0x0008_0023,
                "DA",
                DateTimeFormatter.BASIC_ISO_DATE.format(making.at().toLocalDate()));
        out.text(
                0x0008_0033,
                "TM",
                DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT).format(making.at()));
        out.shorts(0x0028_0002, 1);
        out.text(0x0028_0004, "CS", "MONOCHROME2");
        out.text(0x0028_0008, "IS", Integer.toString(parts.size()));
        out.shorts(0x0028_0010, grid.size(1));
        out.shorts(0x0028_0011, grid.size(0));
        out.shorts(0x0028_0100, 1);
        out.shorts(0x0028_0101, 1);
        out.shorts(0x0028_0102, 0);
        out.shorts(0x0028_0103, 0);
        Loss loss = source.loss().orElse(null);
        out.text(0x0028_2110, "CS", loss == null ? "00" : "01");
        if (loss != null && !loss.ratios().isEmpty()) {
            out.text(0x0028_2112, "DS", loss.ratios());
            out.text(0x0028_2114, "CS", loss.methods());
        }
        out.text(0x0062_0001, "CS", "BINARY");
        out.text(0x0062_0013, "CS", overlap() ? "YES" : "NO");
        out.text(0x0070_0080, "CS", "SEGMENTATION");
        out.text(0x0070_0081, "LO", texts.line(making.description(), MOST_TEXT));
        out.text(0x0070_0084, "PN", NAME + "^Software");
    }

    private boolean overlap() {
        BitSet taken = new BitSet();
        for (CodedSegment segment : segments) {
            if (taken.intersects(segment.inside())) {
                return true;
            }
            taken.or(segment.inside());
        }
        return false;
    }

    /** Every image that the masks were drawn on, those without a frame included. */
    private void references() {
        List<DataSetWriter> instances =
                source.instances().stream()
                        .map(object -> reference(object.get(0), object.get(1)))
                        .toList();
        out.sequence(
                0x0008_1115,
                List.of(
                        out.item()
                                .sequence(0x0008_114a, instances)
                                .text(0x0020_000e, "UI", source.seriesUid())));
    }

    private DataSetWriter reference(String sopClass, String instance) {
        return out.item().text(0x0008_1150, "UI", sopClass).text(0x0008_1155, "UI", instance);
    }

    /** Frames are told by their segment, then by where they lie, or by their number. */
    private void dimensions() {
        MessageDigest of = sha256();
        of.update(source.seriesUid().getBytes(StandardCharsets.UTF_8));
        String organization = uid(of.digest(), "dimensions");
        out.sequence(0x0020_9221, List.of(out.item().text(0x0020_9164, "UI", organization)));
        List<DataSetWriter> indices = new ArrayList<>();
        indices.add(dimension(organization, 0x0062_000b, 0x0062_000a, "Segment Number"));
        if (source.isPlaced()) {
            indices.add(
                    dimension(organization, 0x0020_0032, 0x0020_9113, "Image Position (Patient)"));
        } else if (isStack()) {
            indices.add(
                    dimension(organization, 0x0020_9057, 0x0020_9111, "In-Stack Position Number"));
        }
        out.sequence(0x0020_9222, indices);
    }

    private DataSetWriter dimension(String organization, int pointer, int group, String title) {
        return out.item()
                .text(0x0020_9164, "UI", organization)
                .pointer(0x0020_9165, pointer)
                .pointer(0x0020_9167, group)
                .text(0x0020_9421, "LO", title);
    }

    /** Frames without a position, more than one. */
    private boolean isStack() {
        return !source.isPlaced() && source.frames().size() > 1;
    }

    private void segmentSequence() {
        List<DataSetWriter> items = new ArrayList<>();
        for (CodedSegment segment : segments) {
            DataSetWriter item = out.item();
            item.code(0x0062_0003, segment.category());
            item.shorts(0x0062_0004, items.size() + 1);
            item.text(0x0062_0005, "LO", texts.line(segment.label(), MOST_TEXT));
            if (segment.label().length() > MOST_TEXT) {
                item.text(0x0062_0006, "ST", texts.line(segment.label(), 1024));
            }
            item.text(0x0062_0008, "CS", making.byHand() ? "MANUAL" : "AUTOMATIC");
            if (!making.byHand()) {
                String name = texts.line(making.algorithm(), MOST_TEXT);
                item.text(0x0062_0009, "LO", name);
                item.sequence(
                        0x0062_0007,
                        List.of(
                                out.item()
                                        .code(0x0066_002f, Code.ARTIFICIAL_INTELLIGENCE)
                                        .text(
                                                0x0066_0031,
                                                "LO",
                                                texts.line(making.algorithmVersion(), MOST_TEXT))
                                        .text(0x0066_0036, "LO", name)));
            }
            item.code(0x0062_000f, segment.type());
            items.add(item);
        }
        out.sequence(0x0062_0002, items);
    }

    private DataSetWriter shared() {
        DataSetWriter shared = out.item();
        if (source.isPlaced()) {
            if (oneOrientation) {
                shared.sequence(0x0020_9116, List.of(orientation(source.frames().get(0))));
            }
            DataSetWriter measures = out.item();
            measures.text(0x0018_0050, "DS", thickness());
            double apart = source.grid().spacingMm()[2];
            if (source.frames().size() > 1 && apart > 0) {
                measures.text(0x0018_0088, "DS", decimal(apart));
            }
            measures.text(0x0028_0030, "DS", decimals(source.pixelSpacing()));
            shared.sequence(0x0028_9110, List.of(measures));
        }
        return shared;
    }

    private DataSetWriter orientation(Frame frame) {
        return out.item().text(0x0020_0037, "DS", decimals(frame.orientation()));
    }

    /** As the source has it; where it has none, slices are as thick as they are apart. */
    private String thickness() {
        if (!source.sliceThickness().isEmpty()) {
            return decimals(source.sliceThickness());
        }
        double apart =
                source.grid().affine().map(Affine::spacing).map(spacing -> spacing[2]).orElse(1.0);
        return decimal(apart);
    }

    private DataSetWriter frame(Part part) {
        Frame from = source.frames().get(part.slice);
        DataSetWriter image =
                reference(from.sopClass(), from.instanceUid())
                        .text(0x0028_135a, "CS", "YES")
                        .code(0x0040_a170, Code.SOURCE_IMAGE);
        if (from.number() > 0) {
            image.text(0x0008_1160, "IS", Integer.toString(from.number()));
        }
        DataSetWriter content = out.item();
        DataSetWriter groups = out.item();
        groups.sequence(
                0x0008_9124,
                List.of(
                        out.item()
                                .sequence(0x0008_2112, List.of(image))
                                .code(0x0008_9215, Code.SEGMENTATION)));
        if (source.isPlaced()) {
            content.integers(0x0020_9157, part.segment + 1, part.slice + 1);
            groups.sequence(
                    0x0020_9113,
                    List.of(out.item().text(0x0020_0032, "DS", decimals(from.position()))));
            if (!oneOrientation) {
                groups.sequence(0x0020_9116, List.of(orientation(from)));
            }
        } else if (isStack()) {
            content.integers(0x0020_9157, part.segment + 1, part.slice + 1);
            content.text(0x0020_9056, "SH", "1");
            content.integers(0x0020_9057, part.slice + 1);
        } else {
            content.integers(0x0020_9157, part.segment + 1);
        }
        groups.sequence(0x0020_9111, List.of(content));
        groups.sequence(0x0062_000a, List.of(out.item().shorts(0x0062_000b, part.segment + 1)));
        return groups;
    }

    /** The lowest bit first, without a gap between frames. */
    private byte[] packed(List<Part> parts) {
        int slice = sliceVoxels();
        byte[] bits = new byte[Math.toIntExact(((long) parts.size() * slice + 7) / 8)];
        long start = 0;
        for (Part part : parts) {
            BitSet inside = segments.get(part.segment).inside();
            int first = part.slice * slice;
            int voxel = inside.nextSetBit(first);
            while (voxel >= 0 && voxel < first + slice) {
                long at = start + voxel - first;
                bits[(int) (at >> 3)] |= (byte) (1 << (at & 7));
                voxel = inside.nextSetBit(voxel + 1);
            }
            start += slice;
        }
        return bits;
    }

    private int sliceVoxels() {
        return source.grid().size(0) * source.grid().size(1);
    }

    /** Decimals in the source's words; those longer than the standard allows, rounded to fit. */
    private static String decimals(String words) {
        return String.join(
                "\\",
                Arrays.stream(words.split("\\\\"))
                        .map(String::trim)
                        .map(word ->
                                word.length() <= MOST_DECIMAL
                                        ? word
                                        : decimal(Double.parseDouble(word)))
                        .toList());
    }

    /** The most exact text of a number that fits. */
    static String decimal(double number) {
        String exact = Double.toString(number);
        for (int digits = 16; exact.length() > MOST_DECIMAL && digits > 0; digits--) {
            exact = String.format(Locale.ROOT, "%." + digits + "g", number);
            if (exact.indexOf('e') < 0 && exact.indexOf('.') > 0) {
                exact = exact.replaceFirst("\\.?0+$", "");
            }
        }
        return exact;
    }

    private static byte[] trimmed(byte[] value) {
        int end = value.length;
        while (end > 0 && (value[end - 1] == ' ' || value[end - 1] == 0)) {
            end--;
        }
        return Arrays.copyOf(value, end);
    }

    private static String uid(byte[] hash, String of) {
        MessageDigest digest = sha256();
        digest.update(of.getBytes(StandardCharsets.US_ASCII));
        return "2.25." + new BigInteger(1, Arrays.copyOf(digest.digest(hash), 16));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java runtime has it
        }
    }
}
