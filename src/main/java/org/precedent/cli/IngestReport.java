package org.precedent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.precedent.ServiceException;

/**
 * What an ingest did not take: one JSON line a file, written as it becomes known, so that a run
 * that is interrupted leaves what it found. A new run begins a new report.
 */
final class IngestReport implements AutoCloseable {
    static final String NAME = "ingest-report.jsonl";

    private final Path file;
    private final BufferedWriter out;
    private final ObjectMapper json = new ObjectMapper();
    private int lines;

    /**
     * @param file made with its folder, or emptied
     */
    IngestReport(Path file) {
        this.file = file;
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            this.out = Files.newBufferedWriter(file);
        } catch (IOException e) {
            throw ServiceException.badParameter(
                    "--report", file, "a file that can be written: " + e.getMessage());
        }
    }

    /** Adds one file or folder that is not taken. */
    void add(Path path, String reason, String message) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("path", path.toString());
        line.put("reason", reason);
        line.put("message", message);
        try {
            out.write(json.writeValueAsString(line));
            out.newLine();
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write of " + path, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
        lines++;
    }

    /** How many files and folders it lists. */
    int size() {
        return lines;
    }

    Path file() {
        return file;
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
