package org.precedent.network;

import java.util.List;

/** A network in front of another one: what a subclass does not change is that one's. */
abstract class ForwardingNetwork implements SegmentationNetwork {
    /** The one behind, closed with this one. */
    final SegmentationNetwork network;

    ForwardingNetwork(SegmentationNetwork network) {
        this.network = network;
    }

    @Override
    public String name() {
        return network.name();
    }

    @Override
    public SegmentationNetwork single() {
        return network.single();
    }

    @Override
    public String weightsSha256() {
        return network.weightsSha256();
    }

    @Override
    public int nativeSize() {
        return network.nativeSize();
    }

    @Override
    public int sizeMultiple() {
        return network.sizeMultiple();
    }

    @Override
    public boolean cachesSupports() {
        return network.cachesSupports();
    }

    @Override
    public boolean reportsAttention() {
        return network.reportsAttention();
    }

    @Override
    public int arithmeticVersion() {
        return network.arithmeticVersion();
    }

    @Override
    public String device() {
        return network.device();
    }

    @Override
    public String arithmetic() {
        return network.arithmetic();
    }

    @Override
    public int batch() {
        return network.batch();
    }

    @Override
    public int supportsTogether() {
        return network.supportsTogether();
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        return network.encode(image);
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return network.cost(k, height, width, labels);
    }

    @Override
    public SegmentationNetwork singlePass() {
        return network.singlePass();
    }

    @Override
    public void close() {
        network.close();
    }
}
