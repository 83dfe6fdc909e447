package org.precedent.network;

import org.precedent.network.Model.Cost;
import org.precedent.network.zoo.Networks;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/**
 * What the service knows of a network before any weights are loaded: one entry of {@link Networks}.
 *
 * @param name stable: files, answers and encodings carry it
 * @param role what it is for
 * @param nativeSize side in pixels that its authors trained it at
 * @param opener makes a model of weights
 * @param published what a query costs in the configuration that its authors published
 */
public record Architecture(
        String name, Role role, int nativeSize, Opener opener, CostModel published) {

    /** What a network is for. */
    public enum Role {
        /** Segments queries: a {@link SegmentationNetwork}. */
        SEGMENTATION,
        /** Turns an image into features; knows no supports. */
        IMAGE_ENCODER,
        /** Segments whole volumes: a {@link VolumeNetwork}. */
        VOLUMES
    }

    /** Makes a model. */
    @FunctionalInterface
    public interface Opener {
        /**
         * @throws NetworkException when the weights are those of something else
         */
        Model open(Torch torch, StateDict weights);
    }

    /** Counts what a query costs. */
    @FunctionalInterface
    public interface CostModel {
        /**
         * @param k supports of each label; 1 for an encoder
         * @param labels asked for at once, of the same supports' images; 1 for an encoder
         */
        Cost cost(int k, int height, int width, int labels);
    }

    public static Architecture segmenting(
            String name, int nativeSize, Opener opener, CostModel published) {
        return new Architecture(name, Role.SEGMENTATION, nativeSize, opener, published);
    }

    public static Architecture ofVolumes(
            String name, int nativeSize, Opener opener, CostModel published) {
        return new Architecture(name, Role.VOLUMES, nativeSize, opener, published);
    }

    public static Architecture encoding(
            String name, int nativeSize, Opener opener, CostModel published) {
        return new Architecture(name, Role.IMAGE_ENCODER, nativeSize, opener, published);
    }
}
