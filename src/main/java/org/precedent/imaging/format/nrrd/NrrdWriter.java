package org.precedent.imaging.format.nrrd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Writes NRRD. The same volume gives the same bytes; numbers are written so that they read back
 * exactly.
 */
public final class NrrdWriter {
    private NrrdWriter() {}

    /**
     * A volume of one component.
     *
     * @param samples i fastest
     * @param segments what the labels of a {@code .seg.nrrd} are; empty for anything else
     * @param gzip whether the samples are compressed
     */
    public static byte[] write(
            Grid grid, StoredSamples samples, List<Segment> segments, boolean gzip) {
        if (samples.count() != grid.voxels()) {
            throw new IllegalArgumentException(samples.count() + " samples for " + grid);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(samples.block().length / 2 + 1024);
        try {
            out.write(header(grid, samples, segments, gzip).getBytes(StandardCharsets.UTF_8));
            if (gzip) {
                try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
                    packed.write(samples.block());
                }
            } else {
                out.write(samples.block());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not in memory
        }
        return out.toByteArray();
    }

    private static String header(
            Grid grid, StoredSamples samples, List<Segment> segments, boolean gzip) {
        StringBuilder text = new StringBuilder("NRRD0004\n");
        text.append("type: ").append(typeName(samples.type())).append('\n');
        text.append("dimension: 3\n");
        grid.affine().ifPresent(lps -> text.append("space: left-posterior-superior\n"));
        text.append(
                String.format(
                        Locale.ROOT,
                        "sizes: %d %d %d\n",
                        grid.size(0),
                        grid.size(1),
                        grid.size(2)));
        if (grid.affine().isPresent()) {
            Affine lps = grid.affine().get();
            text.append("space directions: ")
                    .append(vector(lps.column(0)))
                    .append(' ')
                    .append(vector(lps.column(1)))
                    .append(' ')
                    .append(vector(lps.column(2)))
                    .append("\nkinds: domain domain domain\n");
        } else {
            double[] spacing = grid.spacingMm();
            text.append("spacings:");
            for (double step : spacing) {
                text.append(' ').append(step > 0 ? Double.toString(step) : "nan");
            }
            text.append("\nkinds: domain domain domain\n");
        }
        if (samples.type().bytes() > 1) {
            text.append("endian: little\n");
        }
        text.append("encoding: ").append(gzip ? "gzip" : "raw").append('\n');
        grid.affine()
                .ifPresent(lps ->
                        text.append("space origin: ").append(vector(lps.column(3))).append('\n'));
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            pair(text, i, "ID", segment.id());
            pair(text, i, "LabelValue", Integer.toString(segment.value()));
            pair(text, i, "Layer", Integer.toString(segment.layer()));
            pair(text, i, "Name", segment.name());
        }
        return text.append('\n').toString();
    }

    private static void pair(StringBuilder text, int number, String key, String value) {
        String line = value.replaceAll("\\p{Cntrl}", " ");
        text.append("Segment").append(number).append('_').append(key);
        text.append(":=").append(line).append('\n');
    }

    private static String vector(double[] numbers) {
        return "(" + numbers[0] + "," + numbers[1] + "," + numbers[2] + ")";
    }

    private static String typeName(SampleType type) {
        return switch (type) {
            case FLOAT32 -> "float";
            case FLOAT64 -> "double";
            default -> type.word();
        };
    }
}
