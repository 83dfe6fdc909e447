package org.precedent.ingest.folder;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What systems and viewers leave in folders, which nobody means to ingest: hidden files, Finder's
 * and Explorer's notes, the twin folder of a zipped Mac folder; and links to what was read already.
 *
 * @param counts how many of each kind
 */
public record PassedOver(Map<String, Integer> counts) {
    /** Another way to a folder, or to a file of the same name, that was read already. */
    static final String LINK = "links to what was read already";

    private static final Set<String> LEFT_BEHIND =
            Set.of(
                    "__macosx",
                    "thumbs.db",
                    "ehthumbs.db",
                    "desktop.ini",
                    "icon\r",
                    "@eadir",
                    "$recycle.bin",
                    "system volume information",
                    "lost+found");

    public PassedOver {
        counts = Collections.unmodifiableMap(new TreeMap<>(counts));
    }

    /** What kind of left-over a name is; empty where it is none. */
    static Optional<String> kind(String name) {
        if (name.startsWith("._")) {
            return Optional.of("._*");
        }
        if (name.equals(".DS_Store")) {
            return Optional.of(name);
        }
        if (name.startsWith(".")) {
            return Optional.of("hidden");
        }
        return LEFT_BEHIND.contains(name.toLowerCase(Locale.ROOT))
                ? Optional.of(name.strip())
                : Optional.empty();
    }

    /** How many there are of all kinds. */
    public int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** For people, e.g. {@code 3 hidden, 1 Thumbs.db}. */
    @Override
    public String toString() {
        return counts.entrySet().stream()
                .map(kind -> kind.getValue() + " " + kind.getKey())
                .collect(Collectors.joining(", "));
    }
}
