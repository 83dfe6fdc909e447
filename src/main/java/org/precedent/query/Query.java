package org.precedent.query;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.catalog.Answer.SliceOfStudy;
import org.precedent.catalog.Names;
import org.precedent.imaging.format.ImageSource;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportRequest;
import org.precedent.retrieval.Temperature;

/**
 * One image to be segmented, and by what precedent.
 *
 * @param image the file as sent, or pixels
 * @param task the task's name
 * @param labels the labels wanted; empty for all of the task
 * @param pool the support pool
 * @param poolVersion number or name of a version of it, or null for the current one
 * @param supportSize K, 1 to {@value #MOST_SUPPORTS}
 * @param temperature uniform, or tau in [{@value #LEAST_TAU}, {@value #MOST_TAU}]; null for the one
 *     chosen for the pool, uniform where none was
 * @param strategy how supports are chosen
 * @param seed decides the random strategy
 * @param site only supports of this site, or null for any
 * @param patient the query's patient, whose own images never support it; null when not known
 * @param nearDuplicates what becomes of supports that show nearly the query's picture
 * @param slice which slice of which study of the patient it is; null for a single image
 * @param closeUp whether answers are looked at again from nearer by
 */
public record Query(
        ImageSource image,
        String task,
        List<String> labels,
        String pool,
        @Nullable String poolVersion,
        int supportSize,
        @Nullable Temperature temperature,
        Strategy strategy,
        long seed,
        @Nullable String site,
        @Nullable String patient,
        NearDuplicates nearDuplicates,
        @Nullable SliceOfStudy slice,
        CloseUps closeUp) {
    /** What becomes of supports that show nearly the query's own picture. */
    public enum NearDuplicates {
        /** They are left out of the support set and named beside it. */
        LEAVE_OUT,
        /** They may support it; the query's own pixels still never do. */
        ALLOW
    }

    /**
     * Whether answers are looked at again.
     *
     * @param field that says it, for the message
     */
    public static CloseUps closeUps(String field, String word) {
        return CloseUps.of(word)
                .orElseThrow(
                        () -> ServiceException.badParameter(field, word, "pool, true or false"));
    }

    /** The largest support set that a network is specified for. */
    public static final int MOST_SUPPORTS = SupportRequest.MAX_K;

    /** Below it the weights choose one support: nothing changes any more. */
    public static final double LEAST_TAU = 1e-5;

    /** Above it the weights are uniform: nothing changes any more. */
    public static final double MOST_TAU = 100;

    /** K when nobody says: where the published curves begin to flatten. */
    public static final int DEFAULT_SUPPORTS = 16;

    private static final String TEMPERATURE_RANGE =
            "\"pool\", \"uniform\" or a number from " + LEAST_TAU + " to " + MOST_TAU;

    public Query {
        labels = List.copyOf(labels);
        // The answer is recorded with them.
        Names.requireFileName(image.name());
        if (site != null) {
            site = Names.requireText("site", site);
        }
        if (patient != null) {
            patient = Names.requireText("patient", patient);
        }
        if (supportSize < 1 || supportSize > MOST_SUPPORTS) {
            throw ServiceException.badParameter(
                    "supportSize", supportSize, "a whole number from 1 to " + MOST_SUPPORTS);
        }
        if (temperature != null
                && !temperature.isUniform()
                && (temperature.tau() < LEAST_TAU || temperature.tau() > MOST_TAU)) {
            throw ServiceException.badParameter(
                    "temperature", temperature.tau(), TEMPERATURE_RANGE);
        }
    }

    /** A query that is no slice of a study. */
    public Query(
            ImageSource image,
            String task,
            List<String> labels,
            String pool,
            @Nullable Integer poolVersion,
            int supportSize,
            @Nullable Temperature temperature,
            Strategy strategy,
            long seed,
            @Nullable String site,
            @Nullable String patient,
            NearDuplicates nearDuplicates) {
        this(
                image,
                task,
                labels,
                pool,
                poolVersion == null ? null : poolVersion.toString(),
                supportSize,
                temperature,
                strategy,
                seed,
                site,
                patient,
                nearDuplicates,
                null,
                CloseUps.POOL);
    }

    /** A query that near duplicates do not support. */
    public Query(
            ImageSource image,
            String task,
            List<String> labels,
            String pool,
            @Nullable Integer poolVersion,
            int supportSize,
            @Nullable Temperature temperature,
            Strategy strategy,
            long seed,
            @Nullable String site,
            @Nullable String patient) {
        this(
                image,
                task,
                labels,
                pool,
                poolVersion,
                supportSize,
                temperature,
                strategy,
                seed,
                site,
                patient,
                NearDuplicates.LEAVE_OUT);
    }

    /**
     * Reads what becomes of near duplicates as people write it; null means that they are left out.
     */
    public static NearDuplicates nearDuplicates(@Nullable String word) {
        if (word == null || word.equals("leave-out")) {
            return NearDuplicates.LEAVE_OUT;
        }
        if (word.equals("allow")) {
            return NearDuplicates.ALLOW;
        }
        throw ServiceException.badParameter("nearDuplicates", word, "\"leave-out\" or \"allow\"");
    }

    /**
     * Reads a temperature as people write it.
     *
     * @param text {@code pool}, {@code uniform} or a number; null means {@code pool}
     * @return null for the pool's
     */
    public static @Nullable Temperature temperature(@Nullable String text) {
        if (text == null || text.equals("pool")) {
            return null;
        }
        if (text.equals("uniform")) {
            return Temperature.UNIFORM;
        }
        double tau;
        try {
            tau = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw ServiceException.badParameter("temperature", text, TEMPERATURE_RANGE);
        }
        if (!(tau >= LEAST_TAU && tau <= MOST_TAU)) {
            throw ServiceException.badParameter("temperature", text, TEMPERATURE_RANGE);
        }
        return new Temperature(tau);
    }

    /** Reads a strategy as people write it; null means {@link Strategy#IMAGE}. */
    public static Strategy strategy(@Nullable String word) {
        if (word == null) {
            return Strategy.IMAGE;
        }
        for (Strategy strategy : Strategy.values()) {
            if (strategy.word().equals(word)) {
                return strategy;
            }
        }
        throw ServiceException.badParameter("strategy", word, "one of " + Strategy.WORDS);
    }
}
