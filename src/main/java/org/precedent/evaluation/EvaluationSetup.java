package org.precedent.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.segmentation.Segmenter;

/**
 * One dataset, one network and one embedder: what every protocol runs on. Whatever is computed once
 * an image is kept here.
 */
public final class EvaluationSetup {
    private final EvaluationCases cases;
    private final PoolRetrieval images;
    private final TrialRunner examiner;
    private final Map<String, SupportChooser> choosers = new LinkedHashMap<>();

    /**
     * With whole images as the only level.
     *
     * @param nanoTime a clock in nanoseconds, e.g. {@code System::nanoTime}
     */
    public EvaluationSetup(
            EvaluationCases cases,
            Segmenter segmenter,
            ImageEmbedder embedder,
            PixelSpacing spacing,
            LongSupplier nanoTime) {
        this(cases, segmenter, new PoolRetrieval(embedder), spacing, nanoTime);
    }

    /**
     * @param images every way of choosing that it has is known
     * @param nanoTime a clock in nanoseconds, e.g. {@code System::nanoTime}
     */
    public EvaluationSetup(
            EvaluationCases cases,
            Segmenter segmenter,
            PoolRetrieval images,
            PixelSpacing spacing,
            LongSupplier nanoTime) {
        this.cases = cases;
        this.images = images;
        this.examiner = new TrialRunner(segmenter, images, spacing, nanoTime);
        images.choosers().forEach(this::add);
    }

    /** Makes a way of choosing known by its name. */
    public void add(SupportChooser chooser) {
        choosers.put(chooser.name(), chooser);
    }

    public EvaluationCases cases() {
        return cases;
    }

    public TrialRunner examiner() {
        return examiner;
    }

    public PoolRetrieval images() {
        return images;
    }

    /** All ways of choosing supports, random first. */
    public List<SupportChooser> choosers() {
        return List.copyOf(choosers.values());
    }

    /**
     * @throws EvaluationException when there is none of that name
     */
    public SupportChooser chooser(String name) {
        SupportChooser chooser = choosers.get(name);
        if (chooser == null) {
            throw EvaluationException.setting(
                    "strategy", name, "one of " + String.join(", ", choosers.keySet()));
        }
        return chooser;
    }

    /** One label with its queries. */
    public EvaluationPool pool(String label, int queries, long seed) {
        return new EvaluationPool(cases, label, queries, seed);
    }

    /** What answers here, for lines. */
    public Map<String, Object> model() {
        return model(examiner.segmenter(), images.space().id());
    }

    /** What answers, for lines; the space is what similarities are measured in. */
    public static Map<String, Object> model(Segmenter segmenter, String space) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("network", segmenter.network().name());
        model.put("weights_sha256", segmenter.network().weightsSha256());
        model.put("network_size", segmenter.side());
        model.put("embedding_space", space);
        return model;
    }
}
