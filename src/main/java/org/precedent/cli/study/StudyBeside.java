package org.precedent.cli.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.precedent.cli.process.MultipartForm;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.study.StudyArchive;
import org.precedent.study.StudyFormat;

/**
 * Has a running service segment a study: sends it, shows how far it is, fetches the result. The
 * service is told to stop where the command is interrupted.
 */
public final class StudyBeside {
    /** A little less than the largest body that the service takes. */
    private static final long LARGEST = 250L << 20;

    private static final long FIRST_LOOK_MS = 250;
    private static final long LONGEST_LOOK_MS = 2000;

    private final RunningService service;
    private final StudyOptions options;
    private final ObjectMapper json = new ObjectMapper();

    public StudyBeside(RunningService service, StudyOptions options) {
        this.service = service;
        this.options = options;
    }

    /** Whether a study reaches a service as it is: whole, and not too large. */
    public static boolean carries(Path study) {
        String name = String.valueOf(study.getFileName()).toLowerCase(Locale.ROOT);
        // A header whose samples are in another file is read here, where that file is.
        if (!MultipartForm.carries(name) || name.endsWith(".nhdr") || name.endsWith(".hdr")) {
            return false;
        }
        try (Stream<Path> files = Files.isDirectory(study) ? Files.list(study) : Stream.of(study)) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
            return bytes <= LARGEST;
        } catch (IOException e) {
            return false; // whoever reads it says why it cannot be read
        }
    }

    /**
     * Has a study segmented.
     *
     * @param name of the file or folder
     * @param question what is asked of every slice
     * @param out the folder, made if absent
     * @return what is to be printed
     */
    public ObjectNode segment(
            Path study, String name, MultipartForm question, Path out, PrintWriter err)
            throws IOException {
        question.text("name", name);
        if (Files.isDirectory(study)) {
            question.file("study", "study.zip", zipped(study));
        } else {
            question.file("study", name, Files.readAllBytes(study));
        }
        return segment(question, options.format(name), StudyRun.stem(study), out, err);
    }

    /**
     * Has a study of the archive segmented.
     *
     * @param question what is asked of every slice
     * @param out the folder, made if absent
     * @return what is to be printed
     */
    public ObjectNode segment(
            StudyArchive.Wanted study, MultipartForm question, Path out, PrintWriter err)
            throws IOException {
        question.text("studyUid", study.study())
                .text("seriesUid", study.series())
                .text("push", options.push());
        return segment(question, options.format(""), study.study(), out, err);
    }

    private ObjectNode segment(
            MultipartForm question, StudyFormat format, String stem, Path out, PrintWriter err)
            throws IOException {
        question.text("axis", options.axis().map(axis -> axis.word()).orElse(null))
                .text("modality", options.modality())
                .text("network", options.network())
                .text("burntIn", options.burntIn().word());
        long start = System.nanoTime();
        String address =
                "/v1/studies/" + service.post("/v1/segmentations", question).path("id").asText();
        AtomicReference<String> running = new AtomicReference<>(address);
        Thread hook = new Thread(() -> cancel(running.get()), "cancel");
        Runtime.getRuntime().addShutdownHook(hook);
        ObjectNode done;
        try {
            done = await(address, err);
        } finally {
            running.set("");
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        ObjectNode printed = described(done, seconds);
        byte[] result = service.bytes(address + "/result?as=" + format.word());
        new StudyOutput(out, stem, json, err)
                .write(
                        format,
                        format == StudyFormat.PNG
                                ? unzipped(result)
                                : List.of(new StudyFormat.Written(stem + format.suffix(), result)),
                        printed);
        if (options.push()) {
            awaitPush(address, printed);
        }
        return printed;
    }

    /** Waits until the archive has the segmentation, or has not taken it. */
    private void awaitPush(String address, ObjectNode printed) {
        try {
            JsonNode push = service.get(address).path("push");
            while (push.path("state").asText().equals("pending") && push.path("reason").isNull()) {
                TimeUnit.MILLISECONDS.sleep(FIRST_LOOK_MS);
                push = service.get(address).path("push");
            }
            if (!push.path("state").asText().equals("stored")) {
                throw new IllegalStateException(
                        "the segmentation is written, but not in the archive: "
                                + push.path("reason").asText()
                                + (push.path("state").asText().equals("pending")
                                        ? "; the service tries again every minute"
                                        : ""));
            }
            printed.put("archive", "stored");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void cancel(@Nullable String address) {
        if (address != null && !address.isEmpty()) {
            service.delete(address);
        }
    }

    /** Waits for the end, and refuses any other than that it is done. */
    private ObjectNode await(String address, PrintWriter err) {
        ObjectNode study = service.get(address);
        long pause = FIRST_LOOK_MS;
        try (ProgressBar progress = new ProgressBar(err, "slices", study.path("slices").asLong())) {
            while (true) {
                progress.reach(study.path("slicesDone").asLong());
                switch (study.path("state").asText()) {
                    case "done" -> {
                        return study;
                    }
                    case "failed" -> throw new IllegalStateException(study.path("reason").asText());
                    case "cancelled" ->
                            throw new IllegalStateException("somebody cancelled the study");
                    default -> TimeUnit.MILLISECONDS.sleep(pause);
                }
                pause = Math.min(LONGEST_LOOK_MS, pause * 3 / 2);
                study = service.get(address);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            service.delete(address);
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The same that the command prints where it answers by itself. */
    private ObjectNode described(ObjectNode study, double seconds) {
        ObjectNode printed = json.createObjectNode();
        printed.set("study", study.get("name"));
        for (String field :
                List.of(
                        "task",
                        "pool",
                        "poolVersion",
                        "axis",
                        "plane",
                        "valueRange",
                        "network",
                        "answer")) {
            if (!study.path(field).isNull()) {
                printed.set(field, study.get(field));
            }
        }
        printed.put("seconds", Math.round(seconds * 1000) / 1000.0);
        ArrayNode labels = printed.putArray("labels");
        for (JsonNode label : study.path("labels")) {
            ObjectNode one = label.deepCopy();
            if (one.path("millilitres").isNull()) {
                one.remove("millilitres");
            }
            labels.add(one);
        }
        ArrayNode slices = printed.putArray("slices");
        for (JsonNode answer : study.path("answers")) {
            ObjectNode one = answer.deepCopy();
            if (one.path("insufficientPrecedent").isEmpty()) {
                one.remove("insufficientPrecedent");
            }
            slices.add(one);
        }
        return printed;
    }

    private static byte[] zipped(Path folder) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes);
                Stream<Path> files = Files.list(folder)) {
            zip.setLevel(Deflater.BEST_SPEED);
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                zip.putNextEntry(new ZipEntry(String.valueOf(file.getFileName())));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static List<StudyFormat.Written> unzipped(byte[] bytes) throws IOException {
        List<StudyFormat.Written> files = new ArrayList<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path name = Path.of(entry.getName()).getFileName();
                files.add(new StudyFormat.Written(String.valueOf(name), zip.readAllBytes()));
            }
        }
        return files;
    }
}
