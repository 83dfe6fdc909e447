package org.precedent.adaptation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.precedent.network.crossattention.TrainingEpisode;

/**
 * Draws episodes from a pool: one image asks about one of its labels, others of other patients that
 * have it support. Labels are drawn alike, however many images have them. What a step draws depends
 * on the seed and the step alone.
 */
final class EpisodeSampler {
    private final AdaptationPool pool;
    private final AdaptationRecipe recipe;
    private final long seed;
    private final List<String> labels = new ArrayList<>();
    private final List<List<AdaptationImage>> queries = new ArrayList<>();

    /**
     * @throws IllegalArgumentException when no image has a support
     */
    EpisodeSampler(AdaptationPool pool, AdaptationRecipe recipe, long seed) {
        this.pool = pool;
        this.recipe = recipe;
        this.seed = seed;
        for (String label : pool.labels()) {
            List<AdaptationImage> of =
                    pool.images().stream()
                            .filter(one -> one.masks().containsKey(label))
                            .filter(one -> !pool.supportsOf(one, label).isEmpty())
                            .sorted(Comparator.comparing(AdaptationImage::id))
                            .toList();
            if (!of.isEmpty()) {
                labels.add(label);
                queries.add(of);
            }
        }
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("no image of the pool has a support");
        }
    }

    List<TrainingEpisode> draw(int step) {
        Random random = new Random(seed * 1_000_003 + step);
        random.nextLong();
        List<TrainingEpisode> episodes = new ArrayList<>();
        for (int i = 0; i < recipe.batch(); i++) {
            episodes.add(episode(random));
        }
        return episodes;
    }

    private TrainingEpisode episode(Random random) {
        int of = random.nextInt(labels.size());
        String label = labels.get(of);
        AdaptationImage query = queries.get(of).get(random.nextInt(queries.get(of).size()));
        List<AdaptationImage> candidates = new ArrayList<>(pool.supportsOf(query, label));
        Collections.shuffle(candidates, random);
        Deformation deformation = new Deformation(random, pool.side());
        List<TrainingEpisode.Support> supports = new ArrayList<>();
        for (AdaptationImage one :
                candidates.subList(0, Math.min(recipe.supports(), candidates.size()))) {
            supports.add(
                    new TrainingEpisode.Support(
                            deformation.image(one.image()), deformation.mask(mask(one, label))));
        }
        return new TrainingEpisode(
                pool.side(),
                pool.side(),
                deformation.image(query.image()),
                deformation.mask(mask(query, label)),
                supports);
    }

    static float[] mask(AdaptationImage image, String label) {
        float[] mask = image.masks().get(label);
        if (mask == null) {
            throw new IllegalArgumentException(image.id() + " has no mask of " + label);
        }
        return mask;
    }
}
