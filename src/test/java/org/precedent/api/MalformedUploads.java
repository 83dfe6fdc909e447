package org.precedent.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms.Phantom;

/**
 * Kinds of uploads that have to be refused; a seed varies each. A kind starts from the parts of a
 * good upload and breaks one thing, so that only that thing can be the reason.
 */
abstract class MalformedUploads {
    /** The file types that are read. */
    static final List<String> TYPES = List.of("png", "bmp", "jpg", "tif");

    static final String IMAGES = "/v1/images";
    static final String QUERIES = "/v1/segmentations";

    final String task;
    final Phantom phantom;
    final byte[] mask;
    private final Map<String, Kind> kinds = new LinkedHashMap<>();

    /** One request. */
    record Upload(String path, String mediaType, byte[] body) {}

    /** Makes one request of a kind. */
    interface Kind {
        Upload make(Random random);
    }

    /**
     * @param task a task with the phantoms' labels and a pool that holds something
     * @param phantom a slice with a liver, which is not in the pool
     */
    MalformedUploads(String task, Phantom phantom) {
        this.task = task;
        this.phantom = phantom;
        this.mask = PngWriter.png(phantom.masks().get("liver"));
    }

    /** All kinds by name. */
    Map<String, Kind> kinds() {
        return new LinkedHashMap<>(kinds);
    }

    void kind(String name, Kind kind) {
        kinds.put(name, kind);
    }

    /** A good upload without these parts. */
    MultipartBody good(String metadata, String... without) {
        List<String> left = new ArrayList<>(List.of("image", "mask.liver", "metadata"));
        left.removeAll(List.of(without));
        MultipartBody body = new MultipartBody();
        if (left.contains("metadata") && !"".equals(metadata)) {
            body.text(
                    "metadata",
                    metadata == null
                            ? "{\"task\":\"%s\",\"patient\":\"p\"}".formatted(task)
                            : metadata);
        }
        if (left.contains("image")) {
            body.file("image", "x.png", honest("png"));
        }
        if (left.contains("mask.liver")) {
            body.file("mask.liver", "m.png", mask);
        }
        return body;
    }

    MultipartBody query(String without) {
        MultipartBody body = new MultipartBody();
        if (!without.equals("task")) {
            body.text("task", task);
        }
        if (!without.equals("image")) {
            body.file("image", "q.png", honest("png"));
        }
        return body;
    }

    Upload image(String name, byte[] file) {
        return images(good(null, "image").file("image", name, file));
    }

    Upload mask(Raster raster) {
        return images(good(null, "mask.liver").file("mask.liver", "m.png", PngWriter.png(raster)));
    }

    Upload metadata(String text) {
        return images(good(null, "metadata").text("metadata", text));
    }

    Upload field(String field) {
        return metadata("{\"task\":\"%s\",\"patient\":\"p\",%s}".formatted(task, field));
    }

    static Upload images(MultipartBody body) {
        return new Upload(IMAGES, MultipartBody.MEDIA_TYPE, body.bytes());
    }

    static Upload query(MultipartBody body) {
        return new Upload(QUERIES, MultipartBody.MEDIA_TYPE, body.bytes());
    }

    byte[] honest(String type) {
        return type.equals("png")
                ? PngWriter.png(phantom.image())
                : HostileFiles.honest(phantom.image(), type);
    }

    static Raster grey(int width, int height, int value) {
        short[] samples = new short[width * height];
        Arrays.fill(samples, (short) value);
        return new Raster(width, height, 1, 8, samples);
    }

    static String quoted(String text) {
        return "\"" + text + "\"";
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static <T> T any(Random random, List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
