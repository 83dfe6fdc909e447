package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.adaptation.PoolAdaptation;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.embedding.Embedders;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.network.LocationEncoder;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.TaskEncoder;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.segmentation.Segmenter;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/**
 * What evaluations run on, outside the service: the library, what compares images, locations and
 * objects, and networks on request. Closes all of them.
 */
final class EvaluationModels implements AutoCloseable {
    private static final String NONE = "none";

    private final Torch torch;
    private final WeightsLibrary library;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ImageEmbedder embedder;
    private final @Nullable LocationEmbedder locations;
    private final @Nullable ObjectEmbedder objects;

    /** A model by name, with its weights where they are not the shipped or imported ones. */
    record Named(String name, @Nullable Path weights) {}

    /**
     * @param location a network that gives locations their vectors, or {@code none}; one whose
     *     weights are nowhere counts as none
     * @param object a network that gives objects theirs, likewise
     * @param device where networks run
     * @param err told which levels there are not
     */
    EvaluationModels(Named embedder, Named location, Named object, String device, PrintWriter err) {
        this.torch = ModelOptions.DeviceOption.start(device);
        this.library = ModelCommand.library(ServiceCommand.dataDirectory());
        opened.add(torch);
        try {
            this.embedder = embedder(embedder);
            SegmentationNetwork forLocations = optional(location, "location", err).orElse(null);
            SegmentationNetwork forObjects = optional(object, "object", err).orElse(null);
            this.locations =
                    forLocations == null
                            ? null
                            : new LocationEmbedder(
                                    as(LocationEncoder.class, forLocations, "--location"),
                                    forLocations.nativeSize());
            this.objects =
                    forObjects == null
                            ? null
                            : new ObjectEmbedder(
                                    forObjects,
                                    as(TaskEncoder.class, forObjects, "--object"),
                                    forObjects.nativeSize());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private ImageEmbedder embedder(Named named) {
        Path file =
                named.weights() != null
                        ? named.weights()
                        : Embedders.network(named.name()).map(library::find).orElse(null);
        ImageEmbedder loaded = Embedders.open(torch, named.name(), file);
        opened.add(loaded);
        return loaded;
    }

    private Optional<SegmentationNetwork> optional(Named named, String level, PrintWriter err) {
        if (named.name().equals(NONE)) {
            return Optional.empty();
        }
        if (named.weights() == null) {
            try {
                library.find(named.name());
            } catch (NetworkException e) {
                err.println("no " + level + " level: " + e.getMessage());
                err.flush();
                return Optional.empty();
            }
        }
        return Optional.of(network(named));
    }

    private static <T> T as(Class<T> capability, SegmentationNetwork network, String option) {
        if (!capability.isInstance(network)) {
            throw ServiceException.badParameter(
                    option, network.name(), "a network that gives such vectors");
        }
        return capability.cast(network);
    }

    /** What compares whole images. */
    ImageEmbedder embedder() {
        return embedder;
    }

    /** The spaces of locations and objects, in one word. */
    String spaces() {
        return (locations == null ? NONE : locations.space().id())
                + ","
                + (objects == null ? NONE : objects.space().id());
    }

    private Path file(Named named) {
        return named.weights() != null
                ? named.weights()
                : library.find(Networks.ofWeights(named.name()));
    }

    /** What adapts a network to a pool. */
    PoolAdaptation adaptation(Named named) {
        PoolAdaptation.requireAdaptable(named.name());
        return new PoolAdaptation(torch, named.name(), file(named), System::nanoTime);
    }

    /** How many numbers its weights are. */
    long parameters(Named named) {
        return StateDict.read(file(named)).parameters();
    }

    /** Loads a network; it is closed with this. */
    SegmentationNetwork network(Named named) {
        SegmentationNetwork loaded = Networks.open(torch, named.name(), file(named));
        opened.add(loaded);
        return loaded;
    }

    /** A network on a dataset, with every way of choosing supports that there is. */
    EvaluationSetup bench(EvaluationCases cases, Segmenter segmenter, PixelSpacing spacing) {
        return new EvaluationSetup(
                cases,
                segmenter,
                new PoolRetrieval(embedder, locations, objects),
                spacing,
                System::nanoTime);
    }

    @Override
    public void close() {
        for (AutoCloseable one : opened.reversed()) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException("cannot close " + one, e);
            }
        }
        opened.clear();
    }
}
