package org.precedent.index;

import java.util.UUID;

/** Gives every image a number under a seed, as if drawn: the lowest k are a uniform sample. */
public final class SeededSample {
    /** 2^64 divided by the golden ratio: keeps seed 0 from mixing to 0. */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private SeededSample() {}

    /** A number whose unsigned order is the order of the draw. */
    public static long number(long seed, UUID id) {
        long h = mix(seed + GOLDEN);
        h = mix(h ^ id.getMostSignificantBits());
        return mix(h ^ id.getLeastSignificantBits());
    }

    /** Stafford's variant 13 of the MurmurHash3 finaliser: a bijection with full avalanche. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
