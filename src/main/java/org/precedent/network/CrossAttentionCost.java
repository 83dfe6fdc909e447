package org.precedent.network;

import org.precedent.network.Model.Cost;

final class CrossAttentionCost {
    private CrossAttentionCost() {}

    static Cost of(CrossAttentionSize size, int topK, int k, int h, int w, int labels) {
        return new Cost(0, 0, 0);
    }
}
