package org.precedent.segmentation;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.precedent.imaging.InputRange;
import org.precedent.network.Model;
import org.precedent.network.SupportEncoding;

/** Encodings in memory: those used last, up to a number of bytes. Thread-safe. */
public final class EncodingCache {
    private final long maxBytes;
    private long bytes;

    /** In the order of use, the longest unused first. */
    private final Map<Key, SupportEncoding> encodings = new LinkedHashMap<>(16, 0.75f, true);

    /** What of an annotation's image was encoded. */
    public enum View {
        /** All that networks are shown of it. */
        WHOLE,
        /** The part around the mask, as {@link CloseUp} cuts it. */
        NEAR
    }

    private record Key(
            String network,
            String weightsSha256,
            long annotationId,
            int side,
            InputRange range,
            View view) {
        static Key of(Model network, long annotationId, int side, InputRange range, View view) {
            return new Key(
                    network.name(), network.weightsSha256(), annotationId, side, range, view);
        }
    }

    /**
     * @param maxBytes of all numbers kept; 0 keeps nothing
     */
    public EncodingCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** What a network with its weights made of an annotation. */
    public synchronized Optional<SupportEncoding> find(
            Model network, long annotationId, int side, InputRange range, View view) {
        return Optional.ofNullable(encodings.get(Key.of(network, annotationId, side, range, view)));
    }

    /** Keeps an encoding and forgets as many of the longest unused as are too much with it. */
    public synchronized void put(
            Model network,
            long annotationId,
            int side,
            InputRange range,
            View view,
            SupportEncoding encoding) {
        Key key = Key.of(network, annotationId, side, range, view);
        SupportEncoding before = encodings.remove(key);
        bytes -= before == null ? 0 : size(before);
        if (size(encoding) > maxBytes) {
            return;
        }
        encodings.put(key, encoding);
        bytes += size(encoding);
        Iterator<SupportEncoding> oldest = encodings.values().iterator();
        while (bytes > maxBytes) {
            bytes -= size(oldest.next());
            oldest.remove();
        }
    }

    /** Of all numbers kept; what encodings of one image share counts for each of them. */
    public synchronized long bytes() {
        return bytes;
    }

    private static long size(SupportEncoding encoding) {
        return Float.BYTES * encoding.values();
    }
}
