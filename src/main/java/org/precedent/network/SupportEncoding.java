package org.precedent.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.precedent.Sha256;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/**
 * What a network knows of one annotation without any query. Belongs to one network with one set of
 * weights; a projection, never the truth.
 *
 * @param network name of the network that made it
 * @param weightsSha256 and of its weights
 * @param height H of the annotated image, in pixels
 * @param width W of it
 * @param imageSha256 of the image's values, lower-case hex: encodings of several labels of one
 *     image have it in common
 * @param tensors by name; what they are is the network's own business
 */
public record SupportEncoding(
        String network,
        String weightsSha256,
        int height,
        int width,
        String imageSha256,
        Map<String, Tensor> tensors) {

    /** Names of the tensors of an encoding that is the pixels themselves. */
    private static final String IMAGE = "image";

    private static final String LABEL = "label";

    public SupportEncoding {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** The SHA-256 of an image's values, as all encodings carry it. */
    public static String imageSha256(float[] image) {
        return Sha256.of(new Tensor(new long[] {image.length}, image).littleEndian().array());
    }

    /** The encoding of a network that keeps pixels: image and one mask, each [H, W]. */
    public static SupportEncoding ofPixels(
            SegmentationNetwork network, SupportImage image, float[] mask, String imageSha256) {
        long[] shape = {image.height(), image.width()};
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(IMAGE, new Tensor(shape, image.image()));
        tensors.put(LABEL, new Tensor(shape, mask));
        return new SupportEncoding(
                network.name(),
                network.weightsSha256(),
                image.height(),
                image.width(),
                imageSha256,
                tensors);
    }

    /** [H, W] values in [0, 1] of an encoding by pixels. */
    public float[] image() {
        return tensor(IMAGE).values();
    }

    /** [H, W] values in [0, 1] of an encoding by pixels. */
    public float[] label() {
        return tensor(LABEL).values();
    }

    /**
     * Checks that this is an encoding of a network with its present weights.
     *
     * @throws NetworkException when it is of another
     */
    public void requireOf(SegmentationNetwork expected) {
        requireOf(expected.name(), expected.weightsSha256());
    }

    /** As {@link #requireOf(SegmentationNetwork)}, of a network by its name and weights' hash. */
    public void requireOf(String expected, String expectedWeights) {
        if (!network.equals(expected) || !weightsSha256.equals(expectedWeights)) {
            throw NetworkException.foreignEncoding(
                    network + " " + weightsSha256, expected + " " + expectedWeights);
        }
    }

    /** One tensor; a name that is not there is a caller's bug. */
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "an encoding of " + network + " holds no tensor " + name);
        }
        return tensor;
    }

    /**
     * These bytes again as {@link #read}: safetensors, F32, that carry what the encoding belongs to
     * and a CRC-32C of the numbers. The same encoding gives the same bytes.
     */
    public byte[] bytes() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("network", network);
        metadata.put("weights", weightsSha256);
        metadata.put("height", Integer.toString(height));
        metadata.put("width", Integer.toString(width));
        metadata.put("image", imageSha256);
        metadata.put("crc32c", checksum(tensors));
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream((int) (4 * values() + 1024));
            SafetensorsFile.write(out, metadata, tensors);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads what {@link #bytes} gave.
     *
     * @param name what an error calls the bytes
     * @throws NetworkException when they are damaged, or no encoding
     */
    public static SupportEncoding read(String name, byte[] bytes) {
        SafetensorsFile.Contents contents = SafetensorsFile.read(name, ByteBuffer.wrap(bytes));
        Map<String, String> metadata = contents.metadata();
        if (!checksum(contents.tensors()).equals(metadata.get("crc32c"))) {
            throw WeightsException.malformed(name, "its numbers are not those of its checksum");
        }
        return new SupportEncoding(
                text(name, metadata, "network"),
                text(name, metadata, "weights"),
                number(name, metadata, "height"),
                number(name, metadata, "width"),
                text(name, metadata, "image"),
                contents.tensors());
    }

    private static String text(String name, Map<String, String> metadata, String field) {
        String value = metadata.get(field);
        if (value == null) {
            throw WeightsException.malformed(name, "it does not say its " + field);
        }
        return value;
    }

    private static int number(String name, Map<String, String> metadata, String field) {
        try {
            return Integer.parseInt(text(name, metadata, field));
        } catch (NumberFormatException e) {
            throw WeightsException.malformed(name, "its " + field + " is no number", e);
        }
    }

    private static String checksum(Map<String, Tensor> tensors) {
        CRC32C checksum = new CRC32C();
        tensors.values().forEach(tensor -> checksum.update(tensor.littleEndian()));
        return Long.toHexString(checksum.getValue());
    }

    /** Number of values of all tensors together. */
    public long values() {
        return tensors.values().stream().mapToLong(t -> t.values().length).sum();
    }
}
