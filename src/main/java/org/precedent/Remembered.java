package org.precedent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Values that are made again when they are needed; those asked for last are kept. Thread-safe.
 *
 * @param <K> what a value is made of
 * @param <V> values that nobody changes
 */
public final class Remembered<K, V> {
    private final Map<K, V> values;

    /**
     * @param capacity values kept, at least 1; the one that was not asked for the longest goes
     *     first
     */
    public Remembered(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity);
        }
        this.values =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                        return size() > capacity;
                    }
                };
    }

    /**
     * The value of a key.
     *
     * @param make gives the same for the same key: two callers may both make a new one
     */
    public V get(K key, Function<K, V> make) {
        synchronized (values) {
            V known = values.get(key);
            if (known != null) {
                return known;
            }
        }
        V made = make.apply(key);
        synchronized (values) {
            values.put(key, made);
        }
        return made;
    }
}
