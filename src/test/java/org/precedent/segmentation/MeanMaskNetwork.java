package org.precedent.segmentation;

import java.util.List;
import java.util.Map;
import org.precedent.network.Episode;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.weights.Tensor;

/** A network that answers with the weighted mean of the supports' labels: logit 20 (mean - 0.5). */
public class MeanMaskNetwork implements SegmentationNetwork {
    @Override
    public String name() {
        return "mean-mask";
    }

    @Override
    public String weightsSha256() {
        return "0".repeat(64);
    }

    @Override
    public int nativeSize() {
        return 128;
    }

    @Override
    public int sizeMultiple() {
        return 8;
    }

    @Override
    public boolean cachesSupports() {
        return false;
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        long[] shape = {image.height(), image.width()};
        return image.masks().stream()
                .map(mask ->
                        new SupportEncoding(
                                name(),
                                weightsSha256(),
                                image.height(),
                                image.width(),
                                "",
                                Map.of("label", new Tensor(shape, mask))))
                .toList();
    }

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        return episodes.stream()
                .map(episode ->
                        new Prediction(
                                episode.labels().stream()
                                        .map(label ->
                                                new Prediction.LabelAnswer(mean(label), List.of()))
                                        .toList()))
                .toList();
    }

    /** Logits [H, W] of one label. */
    protected float[] mean(Episode.LabelContext label) {
        SupportEncoding any = label.supports().getFirst().encoding();
        float[] logits = new float[any.height() * any.width()];
        for (int i = 0; i < logits.length; i++) {
            double mean = 0;
            for (Episode.Support support : label.supports()) {
                mean += support.weight() * support.encoding().tensors().get("label").values()[i];
            }
            logits[i] = (float) (20 * (mean - 0.5));
        }
        return logits;
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        long flops = 2L * labels * k * height * width;
        return new Cost(flops, flops, 4L * height * width);
    }

    @Override
    public void close() {}
}
