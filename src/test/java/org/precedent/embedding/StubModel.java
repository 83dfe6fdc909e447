package org.precedent.embedding;

import org.precedent.network.Model;

/** What every model has, without any network. */
abstract class StubModel implements Model {
    private final String name;
    private final String weightsSha256;
    private final int nativeSize;
    boolean closed;

    StubModel(String name, String weightsSha256, int nativeSize) {
        this.name = name;
        this.weightsSha256 = weightsSha256;
        this.nativeSize = nativeSize;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String weightsSha256() {
        return weightsSha256;
    }

    @Override
    public int nativeSize() {
        return nativeSize;
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return new Cost(0, 0, 0);
    }

    @Override
    public void close() {
        closed = true;
    }
}
