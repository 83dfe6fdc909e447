package org.precedent.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.SegmentationNetwork;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.segmentation.CloseUp;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.Segmentation;
import org.precedent.segmentation.Segmenter;

/**
 * One query's slot in the queue before the device, from {@link Inference#enter} until it is closed.
 */
final class InferenceSlot implements AutoCloseable {
    private final Inference inference;
    private AnsweringNetworks.Encoded encoded;
    private final QueryWatch watch;
    private final String caller;
    private final AtomicBoolean left = new AtomicBoolean();

    InferenceSlot(Inference inference, QueryWatch watch, String caller) {
        this.caller = caller;
        this.watch = watch;
        this.inference = inference;
        this.encoded = inference.configured();
    }

    /** Lets another network than the configured one answer from now on. */
    void use(AnsweringNetworks.Encoded answering) {
        encoded = answering;
    }

    /** The network that answers. */
    AnsweringNetworks.Encoded encoded() {
        return encoded;
    }

    /**
     * Segments all labels of one query at once.
     *
     * @param labels the supports of each
     * @param settings as the query has them, or the answer that is asked again
     * @param attended pixels of the network's square whose attention is reported
     * @return one a label, in their order
     */
    List<Segmenter.Explained> segment(
            Raster query,
            List<List<UsedSupport>> labels,
            InferenceSettings settings,
            List<Episode.QueryPoint> attended,
            Stages stages) {
        return holding(
                labels,
                stages,
                () -> {
                    List<LabelContext> contexts =
                            inference.contexts(encoded.encodings(), labels, settings, stages);
                    Segmenter segmenter = new Segmenter(encoded.network(), settings);
                    return stages.time(
                            "segment",
                            () ->
                                    watch.interruptible(
                                            () -> segmenter.segment(query, contexts, attended)));
                });
    }

    /**
     * One label's answer.
     *
     * @param once what one look gives
     * @param answer what all looks give: the same where there is one
     */
    record Looked(Segmenter.Explained once, Segmenter.Explained answer) {}

    /**
     * Segments all labels of one query as it asks, and as a recorded one was.
     *
     * @param closeUp whether a label's answer is looked at again, as {@link CloseUp} does; its
     *     attention is that of the first look
     * @return as {@link Looked}, one a label, in their order
     */
    List<Looked> look(
            Raster query,
            List<List<UsedSupport>> labels,
            InferenceSettings settings,
            List<Boolean> closeUp,
            Stages stages) {
        List<Segmenter.Explained> first = segment(query, labels, settings, List.of(), stages);
        List<Looked> looked = new ArrayList<>();
        for (Segmenter.Explained once : first) {
            int label = looked.size();
            Segmenter.Explained twice =
                    closeUp.get(label)
                            ? new Segmenter.Explained(
                                    closeUp(
                                            query,
                                            once.segmentation(),
                                            labels.get(label),
                                            settings,
                                            stages),
                                    once.attention())
                            : once;
            looked.add(new Looked(once, twice));
        }
        return looked;
    }

    private Segmentation closeUp(
            Raster query,
            Segmentation first,
            List<UsedSupport> used,
            InferenceSettings settings,
            Stages stages) {
        CloseUp closeUp = new CloseUp(new Segmenter(encoded.network(), settings));
        return holding(
                List.of(used),
                stages,
                () ->
                        stages.time(
                                "closeUp",
                                () -> {
                                    List<Episode.Support> near =
                                            near(used, settings, stages).stream()
                                                    .flatMap(Optional::stream)
                                                    .toList();
                                    return watch.interruptible(
                                            () -> closeUp.again(query, first, near));
                                }));
    }

    /** The supports from nearer by, in their order; nothing where a mask is empty. */
    private List<Optional<Episode.Support>> near(
            List<UsedSupport> used, InferenceSettings settings, Stages stages) {
        List<Optional<Episode.Support>> near = new ArrayList<>();
        for (UsedSupport one : used) {
            stages.check();
            near.add(
                    encoded.encodings()
                            .near(one.support(), settings.side(), settings.range())
                            .map(encoding -> new Episode.Support(encoding, one.weight())));
        }
        return near;
    }

    /**
     * Segments one label of one query several times, each time without one of its supports; the
     * weights of the others are scaled to sum to 1, or all the same where all are 0. As many pass
     * together as the network gains from; other queries get their turn in between.
     *
     * @param supports at least two
     * @param leftOut ranks of those to leave out, from 0
     * @param settings as the query has them, or the answer that is asked again
     * @param closeUp whether each answer is looked at again, from the same supports
     * @return a mask for each that is left out, in their order
     */
    List<Mask> segmentWithout(
            Raster query,
            List<UsedSupport> supports,
            List<Integer> leftOut,
            InferenceSettings settings,
            boolean closeUp) {
        List<List<UsedSupport>> labels = List.of(supports);
        return holding(
                labels,
                new Stages(),
                () -> {
                    List<Episode.Support> all =
                            inference
                                    .contexts(encoded.encodings(), labels, settings, new Stages())
                                    .getFirst()
                                    .supports();
                    SegmentationNetwork network = encoded.network();
                    Segmenter segmenter = new Segmenter(network, settings);
                    CloseUp again = new CloseUp(segmenter);
                    List<Optional<Episode.Support>> near =
                            closeUp ? near(supports, settings, new Stages()) : List.of();
                    List<Mask> masks = new ArrayList<>();
                    for (int from = 0; from < leftOut.size(); from += network.batch()) {
                        int to = Math.min(leftOut.size(), from + network.batch());
                        List<LabelContext> reduced =
                                leftOut.subList(from, to).stream()
                                        .map(rank -> new LabelContext(without(all, rank, settings)))
                                        .toList();
                        List<Segmentation> answers =
                                watch.interruptible(
                                        () -> segmenter.segmentFromEach(query, reduced));
                        for (Segmentation answer : answers) {
                            int rank = leftOut.get(masks.size());
                            masks.add(
                                    closeUp
                                            ? watch.interruptible(() ->
                                                            again.again(
                                                                    query,
                                                                    answer,
                                                                    nearWithout(
                                                                            near, rank, settings)))
                                                    .mask()
                                            : answer.mask());
                        }
                    }
                    return masks;
                });
    }

    /** The others from nearer by, as {@link #without} leaves them. */
    private static List<Episode.Support> nearWithout(
            List<Optional<Episode.Support>> near, int rank, InferenceSettings settings) {
        List<Episode.Support> there = near.stream().flatMap(Optional::stream).toList();
        if (near.get(rank).isEmpty()) {
            return there;
        }
        if (there.size() == 1) {
            return List.of();
        }
        int place = (int) near.subList(0, rank).stream().filter(Optional::isPresent).count();
        return without(there, place, settings);
    }

    /**
     * The others, with weights that sum to 1. Where they pass in groups the one that is left out
     * stays with no weight, so that every other one stays in its group.
     */
    private static List<Episode.Support> without(
            List<Episode.Support> supports, int rank, InferenceSettings settings) {
        List<Episode.Support> others = new ArrayList<>(supports);
        Episode.Support left = others.remove(rank);
        others = new ArrayList<>(LabelContext.scaled(others).supports());
        if (supports.size() > settings.supportsTogether()) {
            others.add(rank, new Episode.Support(left.encoding(), 0));
        }
        return others;
    }

    private <T> T holding(List<List<UsedSupport>> labels, Stages stages, Supplier<T> segmenting) {
        int share = stages.time("queue", () -> inference.hold(labels, watch, caller));
        try {
            return segmenting.get();
        } catch (OutOfMemoryError e) {
            throw ServiceException.outOfMemory();
        } finally {
            inference.release(share);
        }
    }

    @Override
    public void close() {
        if (!left.getAndSet(true)) {
            inference.leave(caller);
        }
    }
}
