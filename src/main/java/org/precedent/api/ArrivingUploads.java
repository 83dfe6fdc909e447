package org.precedent.api;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bytes of bodies that are arriving or being worked on, caller by caller: nobody fills the disk
 * that uploads are read from by sending many at once.
 */
final class ArrivingUploads {
    private final Map<String, Long> bytes = new ConcurrentHashMap<>();
    private final long most;

    /**
     * @param most bytes of one caller
     */
    ArrivingUploads(long most) {
        this.most = most;
    }

    /**
     * Takes room for a body; a caller's only one always finds it, since other limits say how long
     * it may be.
     *
     * @param length bytes, of a body in chunks as many as it may have
     * @return whether there was room; if so, {@link #leave} gives it back
     */
    boolean enter(String caller, long length) {
        boolean[] entered = {false};
        bytes.compute(
                caller,
                (name, before) -> {
                    long now = before == null ? 0 : before;
                    entered[0] = before == null || now + length <= most;
                    return entered[0] ? Long.valueOf(now + length) : before;
                });
        return entered[0];
    }

    /** Gives the room of a body back. */
    void leave(String caller, long length) {
        bytes.computeIfPresent(caller, (name, now) -> now > length ? now - length : null);
    }

    /** What a caller's bodies take now. */
    long of(String caller) {
        return bytes.getOrDefault(caller, 0L);
    }
}
