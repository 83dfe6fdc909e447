package org.precedent.network.mobilesam;

import static org.precedent.network.mobilesam.MobileSam.CHANNELS;
import static org.precedent.network.mobilesam.MobileSam.EXPANSION;
import static org.precedent.network.mobilesam.MobileSam.NATIVE_SIZE;
import static org.precedent.network.mobilesam.MobileSam.PATCH_DIM;
import static org.precedent.network.mobilesam.MobileSam.STAGES;

import org.precedent.network.Architecture;
import org.precedent.network.Model.Cost;
import org.precedent.network.mobilesam.MobileSam.Stage;

/**
 * What {@link MobileSam} costs for one image: 77.5 GFLOP as published, where the tokens that pad
 * the attention's windows go through its projections like all others, and 74.9 here, where they do
 * not. Norms and activations are not counted.
 */
public final class MobileSamCost {
    private MobileSamCost() {}

    /** As {@link Architecture.CostModel}; the network takes one image of one size. */
    public static Cost of(int k, int height, int width, int labels) {
        return of();
    }

    /** Of one image. */
    public static Cost of() {
        // The input, the output and the joined bands of a first stage's layer; a band's arrays.
        Stage first = STAGES.getFirst();
        long map = (long) Float.BYTES * first.side() * first.side() * first.dim();
        return new Cost(2 * macs(false), 2 * macs(true), 3 * map + 4 * MobileSam.BAND_BYTES);
    }

    /**
     * Multiply-adds.
     *
     * @param padded whether padded tokens are projected too
     */
    static long macs(boolean padded) {
        long half = (long) NATIVE_SIZE * NATIVE_SIZE / 4;
        long macs = half * 9 * 3 * PATCH_DIM + half / 4 * 9 * PATCH_DIM * STAGES.getFirst().dim();
        for (int s = 0; s < STAGES.size(); s++) {
            Stage stage = STAGES.get(s);
            macs += stage.blocks() * (stage.window() == 0 ? mbConv(stage) : block(stage, padded));
            if (stage.downsample() > 0) {
                long pixels = pixels(stage);
                long out = pixels / stage.downsample() / stage.downsample();
                long next = STAGES.get(s + 1).dim();
                macs += pixels * stage.dim() * next + out * next * (9 + next);
            }
        }
        Stage last = STAGES.getLast();
        return macs + pixels(last) * CHANNELS * (last.dim() + 9L * CHANNELS);
    }

    private static long mbConv(Stage stage) {
        long hidden = (long) EXPANSION * stage.dim();
        return pixels(stage) * hidden * (2L * stage.dim() + 9);
    }

    private static long block(Stage stage, boolean padded) {
        long dim = stage.dim();
        long side = (long) Math.ceilDiv(stage.side(), stage.window()) * stage.window();
        long tokens = side * side;
        long attended = 2 * tokens * stage.window() * stage.window() * dim;
        long projections = (padded ? tokens : pixels(stage)) * 4 * dim * dim;
        long mlp = pixels(stage) * 2 * EXPANSION * dim * dim;
        return attended + projections + mlp + pixels(stage) * 9 * dim;
    }

    private static long pixels(Stage stage) {
        return (long) stage.side() * stage.side();
    }
}
