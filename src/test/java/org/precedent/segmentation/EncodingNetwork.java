package org.precedent.segmentation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.precedent.Sha256;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.weights.Tensor;

/**
 * A {@link MeanMaskNetwork} whose encodings are worth keeping: it counts the masks it encodes, and
 * fails after so many where told to.
 */
public class EncodingNetwork extends MeanMaskNetwork {
    private final String weights;
    private final AtomicInteger encoded = new AtomicInteger();
    private final AtomicInteger allowed = new AtomicInteger(Integer.MAX_VALUE);

    /**
     * @param weights other weights give other encodings
     */
    public EncodingNetwork(String weights) {
        this.weights = weights;
    }

    @Override
    public String name() {
        return "encoding";
    }

    @Override
    public String weightsSha256() {
        return Sha256.of(weights);
    }

    @Override
    public boolean cachesSupports() {
        return true;
    }

    /** It has none to report, but may be asked. */
    @Override
    public boolean reportsAttention() {
        return true;
    }

    /** Masks that were encoded so far. */
    public int encoded() {
        return encoded.get();
    }

    /** Lets so many more images be encoded before it fails. */
    public void failAfter(int images) {
        allowed.set(images);
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        if (allowed.getAndDecrement() <= 0) {
            throw new IllegalStateException("told to fail");
        }
        encoded.addAndGet(image.masks().size());
        long[] shape = {image.height(), image.width()};
        Tensor features = new Tensor(shape, image.image());
        List<SupportEncoding> encodings = new ArrayList<>();
        for (float[] mask : image.masks()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("features", features);
            tensors.put("label", new Tensor(shape, mask));
            tensors.put("weights", new Tensor(new long[0], new float[] {weights.hashCode()}));
            encodings.add(
                    new SupportEncoding(
                            name(),
                            weightsSha256(),
                            image.height(),
                            image.width(),
                            Sha256.of(Arrays.toString(image.image())),
                            tensors));
        }
        return encodings;
    }
}
