package org.precedent.adaptation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * The images of a pool, by patients.
 *
 * @param images in any order; what is drawn from them depends on their ids, not on it
 * @param side of their squares
 * @param twins whether two images, of different patients, show the same thing, by their ids
 */
public record AdaptationPool(
        List<AdaptationImage> images, int side, BiPredicate<String, String> twins) {
    /** With fewer patients a pool does not adapt: too few are left to tell whether it helps. */
    public static final int LEAST_PATIENTS = 16;

    public AdaptationPool {
        images = List.copyOf(images);
    }

    /** How many patients there are. */
    public int patients() {
        return (int) images.stream().map(AdaptationImage::patient).distinct().count();
    }

    /** The labels that occur, sorted. */
    public List<String> labels() {
        Set<String> labels = new TreeSet<>();
        images.forEach(image -> labels.addAll(image.masks().keySet()));
        return List.copyOf(labels);
    }

    /** Whether one image may support the other's question. */
    public boolean maySupport(AdaptationImage support, AdaptationImage query) {
        return !support.patient().equals(query.patient()) && !twins.test(support.id(), query.id());
    }

    /**
     * Draws a share of the patients, at least one.
     *
     * @throws IllegalArgumentException when that is all of them
     */
    public Set<String> drawPatients(double share, long seed) {
        List<String> patients =
                new ArrayList<>(
                        new TreeSet<>(images.stream().map(AdaptationImage::patient).toList()));
        int count = Math.max(1, (int) Math.round(share * patients.size()));
        if (count >= patients.size()) {
            throw new IllegalArgumentException(count + " of " + patients.size() + " patients");
        }
        Collections.shuffle(patients, new Random(seed));
        return new LinkedHashSet<>(patients.subList(0, count));
    }

    /** The images of some patients. */
    public AdaptationPool of(Set<String> patients) {
        return new AdaptationPool(
                images.stream().filter(i -> patients.contains(i.patient())).toList(), side, twins);
    }

    /** The images of all other patients, but those that show the same thing as one of theirs. */
    public AdaptationPool without(Set<String> patients) {
        List<AdaptationImage> theirs = of(patients).images;
        return new AdaptationPool(
                images.stream()
                        .filter(i ->
                                !patients.contains(i.patient())
                                        && theirs.stream()
                                                .noneMatch(t -> twins.test(i.id(), t.id())))
                        .toList(),
                side,
                twins);
    }

    /** Those that may support an image's question about a label, by id. */
    List<AdaptationImage> supportsOf(AdaptationImage query, String label) {
        return images.stream()
                .filter(one -> one.masks().containsKey(label) && maySupport(one, query))
                .sorted(Comparator.comparing(AdaptationImage::id))
                .toList();
    }
}
