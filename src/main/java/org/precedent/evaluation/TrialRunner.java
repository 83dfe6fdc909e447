package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.confidence.EvidenceCollector;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.metric.Score;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.network.Episode;
import org.precedent.network.SupportEncoding;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.CloseUp;
import org.precedent.segmentation.PreparedSupport;
import org.precedent.segmentation.Segmentation;
import org.precedent.segmentation.Segmenter;
import org.precedent.weights.Tensor;

/**
 * Puts questions to a network: chooses supports, has the query segmented, scores the answer.
 * Supports are encoded once for all questions, all labels of an image together, and kept while a
 * quarter of the heap lasts, those used last longest. Not thread-safe; of one dataset, because it
 * knows images by their ids.
 */
public final class TrialRunner {
    private final Segmenter segmenter;
    private final PoolRetrieval images;
    private final PixelSpacing spacing;
    private final LongSupplier nanoTime;
    private final long mostBytes;
    private final LinkedHashMap<Key, Kept> encodings = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private Predicate<String> closeUp = patient -> false;

    /** Of an image and, where it is of what lies around a mask, that mask's label. */
    private record Key(String id, @Nullable String near) {}

    private record Kept(Map<String, SupportEncoding> byLabel, long bytes) {}

    /**
     * @param images finds the most similar images, whatever a chooser chooses by
     * @param nanoTime a clock in nanoseconds, e.g. {@code System::nanoTime}
     */
    public TrialRunner(
            Segmenter segmenter,
            PoolRetrieval images,
            PixelSpacing spacing,
            LongSupplier nanoTime) {
        this(segmenter, images, spacing, nanoTime, Runtime.getRuntime().maxMemory() / 4);
    }

    TrialRunner(
            Segmenter segmenter,
            PoolRetrieval images,
            PixelSpacing spacing,
            LongSupplier nanoTime,
            long mostBytes) {
        this.segmenter = segmenter;
        this.images = images;
        this.spacing = spacing;
        this.nanoTime = nanoTime;
        this.mostBytes = mostBytes;
    }

    /**
     * Lets answers to cases look twice from now on, as {@link CloseUp} does, or once. First passes
     * that choose supports look once.
     *
     * @param wanted of which patients
     */
    public void lookCloser(Predicate<String> wanted) {
        closeUp = wanted;
    }

    /** What is asked of one query of one label. */
    public record Asked(
            SupportChooser chooser, List<Annotated> candidates, int k, long seed, String label) {}

    /** Supports for a query; a first pass, where one is needed, uses the K most similar images. */
    public List<Scored> choose(Asked asked, EvaluationCase query) {
        return asked.chooser().choose(question(asked, query));
    }

    /** What every level finds for a query, after a first pass. */
    public StructureRanking rank(Asked asked, FusedChooser chooser, EvaluationCase query) {
        return chooser.rank(question(asked, query));
    }

    private SupportChooser.Question question(Asked asked, EvaluationCase query) {
        return question(
                asked,
                query,
                similar ->
                        firstAnswer(
                                query.image(),
                                similar.stream().map(Scored::support).toList(),
                                weights(similar, Temperature.UNIFORM)));
    }

    /** Supports for a query whose first pass is there already. */
    public List<Scored> choose(Asked asked, EvaluationCase query, Segmentation firstPass) {
        return asked.chooser().choose(question(asked, query, similar -> firstPass));
    }

    private static SupportChooser.Question question(
            Asked asked, EvaluationCase query, SupportChooser.FirstPass firstPass) {
        return new SupportChooser.Question(
                query.id(),
                query.image(),
                asked.label(),
                asked.candidates(),
                asked.k(),
                asked.seed(),
                firstPass);
    }

    /** Segments a query from supports weighted by their similarities, with one look. */
    public Segmentation answer(Raster query, List<Scored> supports, Temperature temperature) {
        return firstAnswer(query, annotated(supports), weights(supports, temperature));
    }

    /**
     * Segments a case from supports weighted by their similarities, with as many looks as wanted.
     */
    public Segmentation answer(
            EvaluationCase query, List<Scored> supports, Temperature temperature) {
        return answer(query, annotated(supports), weights(supports, temperature));
    }

    /**
     * As {@link #answer(EvaluationCase, List, Temperature)}, with given weights.
     *
     * @param weights [K] summing to 1, in the order of the supports
     */
    public Segmentation answer(EvaluationCase query, List<Annotated> supports, double[] weights) {
        Segmentation first = firstAnswer(query.image(), supports, weights);
        return closeUp.test(query.patient())
                ? again(query.image(), first, supports, weights)
                : first;
    }

    /** Looks at an answer again, from the same supports. */
    public Segmentation again(
            Raster query, Segmentation first, List<Scored> supports, Temperature temperature) {
        return again(query, first, annotated(supports), weights(supports, temperature));
    }

    private Segmentation again(
            Raster query, Segmentation first, List<Annotated> supports, double[] weights) {
        CloseUp again = new CloseUp(segmenter);
        List<Episode.Support> near = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            double weight = weights[i];
            near(again, supports.get(i))
                    .ifPresent(encoding -> near.add(new Episode.Support(encoding, weight)));
        }
        return again.again(query, first, near);
    }

    private static List<Annotated> annotated(List<Scored> supports) {
        return supports.stream().map(Scored::support).toList();
    }

    private Segmentation firstAnswer(Raster query, List<Annotated> supports, double[] weights) {
        List<Episode.Support> context = new ArrayList<>();
        for (Annotated support : supports) {
            context.add(new Episode.Support(encoding(support), weights[context.size()]));
        }
        return segmenter
                .segment(query, List.of(new Episode.LabelContext(context)), List.of())
                .getFirst()
                .segmentation();
    }

    /** The whole images nearest to a query's, whatever the chooser. */
    public List<Scored> nearestImages(
            EvaluationCase query, List<Annotated> candidates, String label, int k) {
        Asked asked = new Asked(images.nearest(), candidates, k, 0, label);
        return images.nearest().choose(question(asked, query));
    }

    /** An image as the network sees it. */
    public Plane input(Raster image) {
        return NetworkInput.of(image, segmenter.side(), segmenter.range()).plane();
    }

    /** Supports with their pixels beside their encodings. */
    public List<EvidenceCollector.KnownSupport> known(
            List<Scored> supports, Temperature temperature) {
        double[] weights = weights(supports, temperature);
        List<EvidenceCollector.KnownSupport> known = new ArrayList<>();
        for (Scored support : supports) {
            Annotated one = support.support();
            known.add(
                    new EvidenceCollector.KnownSupport(
                            PreparedSupport.of(
                                    one.image(), one.mask(), segmenter.side(), segmenter.range()),
                            encoding(one),
                            weights[known.size()]));
        }
        return known;
    }

    static double[] weights(List<Scored> supports, Temperature temperature) {
        return temperature.weights(supports.stream().mapToDouble(Scored::similarity).toArray());
    }

    Score score(Segmentation answer, Mask truth) {
        return Score.of(answer, truth, spacing);
    }

    /** Chooses, answers, scores, and scores what trivial methods make of the same supports. */
    public QueryResult examine(Annotated query, Asked asked, int repeat, Temperature temperature) {
        long start = nanoTime.getAsLong();
        List<Scored> chosen = choose(asked, query.source());
        Segmentation answer = answer(query.source(), chosen, temperature);
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
        return result(query, repeat, chosen, temperature, answer, seconds);
    }

    public QueryResult result(
            Annotated query,
            int repeat,
            List<Scored> chosen,
            Temperature temperature,
            Segmentation answer,
            double seconds) {
        double[] weights = weights(chosen, temperature);
        List<Baselines.Support> supports = new ArrayList<>();
        List<Double> listed = new ArrayList<>();
        for (Scored one : chosen) {
            double weight = weights[listed.size()];
            listed.add(weight);
            supports.add(
                    new Baselines.Support(one.support().image(), one.support().mask(), weight));
        }
        return new QueryResult(
                query.id(),
                query.patient(),
                repeat,
                score(answer, query.mask()),
                Baselines.dice(query, supports),
                chosen.stream().map(one -> one.support().id()).toList(),
                listed,
                seconds);
    }

    public Segmenter segmenter() {
        return segmenter;
    }

    public PixelSpacing spacing() {
        return spacing;
    }

    /** How many bytes of encodings are kept. */
    long keptBytes() {
        return bytes;
    }

    /** The side of the square that images are brought to. */
    public int side() {
        return segmenter.side();
    }

    private SupportEncoding encoding(Annotated support) {
        if (!support.isGenuine()) {
            return segmenter.encode(support.image(), List.of(support.mask())).getFirst();
        }
        Kept kept = kept(new Key(support.id(), null), () -> encodeAll(support.source()));
        SupportEncoding encoding = kept.byLabel().get(support.label());
        if (encoding == null) {
            throw new IllegalStateException(
                    "label " + support.label() + " of " + support.id() + " was not encoded");
        }
        return encoding;
    }

    private Optional<SupportEncoding> near(CloseUp closeUp, Annotated support) {
        if (!support.isGenuine()) {
            return closeUp.encode(support.image(), support.mask());
        }
        Kept kept =
                kept(
                        new Key(support.id(), support.label()),
                        () ->
                                kept(
                                        closeUp.encode(support.image(), support.mask())
                                                .map(one -> Map.of(support.label(), one))
                                                .orElse(Map.of())));
        return Optional.ofNullable(kept.byLabel().get(support.label()));
    }

    private Kept kept(Key key, Supplier<Kept> encode) {
        Kept kept = encodings.get(key);
        if (kept == null) {
            kept = encode.get();
            encodings.put(key, kept);
            bytes += kept.bytes();
            var eldest = encodings.entrySet().iterator();
            while (bytes > mostBytes && encodings.size() > 1) {
                bytes -= eldest.next().getValue().bytes();
                eldest.remove();
            }
        }
        return kept;
    }

    private Kept encodeAll(EvaluationCase source) {
        List<SupportEncoding> encoded =
                segmenter.encode(source.image(), List.copyOf(source.masks().values()));
        Map<String, SupportEncoding> byLabel = new LinkedHashMap<>();
        for (String label : source.masks().keySet()) {
            byLabel.put(label, encoded.get(byLabel.size()));
        }
        return kept(byLabel);
    }

    private static Kept kept(Map<String, SupportEncoding> byLabel) {
        // What labels of one image share is one array: counted once.
        Map<float[], Long> sizes = new IdentityHashMap<>();
        for (SupportEncoding one : byLabel.values()) {
            for (Tensor tensor : one.tensors().values()) {
                sizes.put(tensor.values(), (long) Float.BYTES * tensor.values().length);
            }
        }
        return new Kept(byLabel, sizes.values().stream().mapToLong(Long::longValue).sum());
    }
}
