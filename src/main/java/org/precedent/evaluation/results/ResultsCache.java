package org.precedent.evaluation.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps what was measured already: one JSON object a line, a key and the lines it gave. Written
 * line by line, so that an interrupted run keeps all but its last piece.
 */
public final class ResultsCache {
    private static final TypeReference<Entry> ENTRY = new TypeReference<>() {};

    private final Path file;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, List<Map<String, Object>>> byKey = new LinkedHashMap<>();

    /** A line of the file. */
    record Entry(String key, List<Map<String, Object>> lines) {}

    /**
     * @param file made by the first {@link #put}; a last line that was cut off is passed over
     */
    public ResultsCache(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try {
                for (String line : Files.readAllLines(file)) {
                    read(line);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
        }
    }

    private void read(String line) {
        try {
            Entry entry = json.readValue(line, ENTRY);
            byKey.put(entry.key(), entry.lines());
        } catch (JsonProcessingException e) {
            // The process ended while it wrote: this piece is measured again.
        }
    }

    /** Gives the lines of a key, where they were measured. */
    public Optional<List<Map<String, Object>>> get(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    /**
     * Keeps the lines of a key.
     *
     * @return the lines as they will be read again
     */
    public List<Map<String, Object>> put(String key, List<Map<String, Object>> lines) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            String text = json.writeValueAsString(new Entry(key, lines));
            boolean cut = Files.exists(file) && !endsWithNewline();
            Files.writeString(
                    file,
                    (cut ? "\n" : "") + text + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            read(text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
        return lines;
    }

    private boolean endsWithNewline() throws IOException {
        String text = Files.readString(file);
        return text.isEmpty() || text.endsWith("\n");
    }
}
