package org.precedent.cli.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.precedent.cli.process.WholeFile;
import org.precedent.study.StudyFormat;

/** Writes what was answered for a study into a folder, whoever answered it. */
final class StudyOutput {
    private final Path out;
    private final String stem;
    private final ObjectMapper json;
    private final PrintWriter err;

    /**
     * @param out the folder, made if absent
     * @param stem what the names of files begin with
     */
    StudyOutput(Path out, String stem, ObjectMapper json, PrintWriter err) {
        this.out = out;
        this.stem = stem;
        this.json = json;
        this.err = err;
    }

    /**
     * Writes label map and legend, and tells of slices that are not to be trusted.
     *
     * @param printed what was answered; told here which files were written
     */
    void write(StudyFormat format, List<StudyFormat.Written> files, ObjectNode printed)
            throws IOException {
        Files.createDirectories(out.toAbsolutePath());
        ArrayNode names = printed.arrayNode();
        for (StudyFormat.Written one : files) {
            Path file = out.resolve(one.name());
            WholeFile.write(file, one.bytes());
            names.add(file.toString());
        }
        switch (format) {
            case NIFTI, NRRD -> printed.set("labelMap", names.get(0));
            case DICOM_SEG -> printed.set("segmentation", names.get(0));
            case PNG -> printed.set("labelMaps", names);
        }
        Path legend = out.resolve(stem + ".labels.json");
        String text = json.writerWithDefaultPrettyPrinter().writeValueAsString(printed) + "\n";
        WholeFile.write(legend, text.getBytes(StandardCharsets.UTF_8));
        int doubtful = 0;
        for (JsonNode slice : printed.path("slices")) {
            doubtful += slice.has("insufficientPrecedent") ? 1 : 0;
        }
        if (doubtful > 0) {
            err.printf(
                    "INSUFFICIENT PRECEDENT in %d of %d slices; which and why: %s%n",
                    doubtful, printed.path("slices").size(), legend);
            err.flush();
        }
    }
}
