package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ServiceException;
import org.precedent.embedding.EmbeddingException;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.ThumbnailEmbedder;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.IndexEntry;
import org.precedent.index.exact.ExactImageIndex;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SharedFiles;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.phantom.Phantoms;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.QueryFeatures;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportRequest;
import org.precedent.retrieval.SupportRetriever;
import org.precedent.retrieval.SupportSet;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmenter;
import org.precedent.tensor.Torch;

class EmbedderConfigurationTest {
    private static final String LABEL = "spine";

    @TempDir private Path folder;

    private record Embedding(String embedder, Optional<Path> weights) implements EmbeddingConfig {
        @Override
        public String location() {
            return "none";
        }

        @Override
        public Optional<Path> locationWeights() {
            return Optional.empty();
        }

        @Override
        public int locationPooling() {
            return 1;
        }

        @Override
        public String object() {
            return "none";
        }

        @Override
        public Optional<Path> objectWeights() {
            return Optional.empty();
        }
    }

    private ImageEmbedder embedder(String name) {
        return ImageEmbedding.open(
                () -> {
                    throw new AssertionError("no network is needed");
                },
                new Embedding(name, Optional.empty()),
                new WeightsLibrary(folder, folder));
    }

    @Test
    void theThumbnailRunsWithoutANetwork() {
        try (ImageEmbedder embedder = embedder("thumbnail")) {
            assertThat(embedder).isInstanceOf(ThumbnailEmbedder.class);
        }
    }

    @Test
    void anEmbedderForEvaluationAloneIsRefusedWithTheNamesOfTheOthers() {
        assertThatThrownBy(() -> embedder("mobilesam-flatten"))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        e ->
                                assertThat(e.fields())
                                        .containsEntry("field", "precedent.embedding.embedder"))
                .hasMessageContaining("mobilesam-flatten")
                .hasMessageContaining("mobilesam-gap");
        assertThatThrownBy(() -> embedder("retina")).isInstanceOf(EmbeddingException.class);
    }

    @Test
    void anEmbedderWhoseWeightsAreNotHereIsRefused() {
        assertThatThrownBy(() -> embedder("mobilesam-gap"))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("mobilesam");
    }

    // Similarity-weighted UniverSeg from the configuration's words to the mask.
    @Test
    void weighsUniverSegsSupportsBySimilarityOfMobileSam() {
        Path weights = SharedFiles.shared("fixtures/mobilesam/state_dict.pt");
        assumeTrue(Files.exists(weights), "skipped: no weights are at " + weights.toAbsolutePath());
        List<Phantoms.Phantom> phantoms =
                new Phantoms(3)
                        .patients(8).stream()
                                .filter(p -> p.masks().containsKey(LABEL))
                                .limit(3)
                                .toList();
        try (Torch torch = Torch.start(Torch.Threads.ofCores());
                ImageEmbedder embedder =
                        ImageEmbedding.open(
                                () -> torch,
                                new Embedding("mobilesam-gap", Optional.of(weights)),
                                new WeightsLibrary(folder, folder));
                SegmentationNetwork network =
                        Networks.open(
                                torch,
                                "universeg",
                                SharedFiles.home().resolve("models/universeg.safetensors"))) {
            ImageIndex index = new ExactImageIndex(embedder.space());
            List<ImageIndex.Change> changes = new ArrayList<>();
            Map<UUID, Phantoms.Phantom> byId = new HashMap<>();
            for (Phantoms.Phantom phantom : phantoms) {
                IndexEntry indexed =
                        ImageFixtures.image(changes.size(), embedder.embed(phantom.image()));
                byId.put(indexed.imageId(), phantom);
                changes.add(new ImageIndex.Change.Put(indexed));
            }
            index.apply(changes, 1);

            Raster query = phantoms.get(1).image();
            SupportSet set =
                    new SupportRetriever(index, null, null)
                            .retrieve(
                                    QueryFeatures.whole(embedder.embed(query)),
                                    new SupportRequest(
                                            ImageFixtures.everything(),
                                            3,
                                            Strategy.IMAGE,
                                            new Temperature(.01),
                                            Fusion.EVEN,
                                            1));
            List<Segmenter.WeightedSupport> supports =
                    set.supports().stream()
                            .map(s -> {
                                Phantoms.Phantom phantom = byId.get(s.imageId());
                                return new Segmenter.WeightedSupport(
                                        phantom.image(), mask(phantom), s.weight());
                            })
                            .toList();

            assertThat(supports).hasSize(3);
            // Random weights tell these images hardly apart: the weights are the softmax all the
            // same.
            double[] similarities =
                    set.supports().stream().mapToDouble(s -> s.similarity()).toArray();
            assertThat(similarities[0]).isCloseTo(1, within(1e-5));
            double[] expected = new Temperature(.01).weights(similarities);
            for (int i = 0; i < expected.length; i++) {
                assertThat(supports.get(i).weight()).isCloseTo(expected[i], within(1e-12));
            }
            Mask answer = new Segmenter(network).segment(query, supports).mask();
            assertThat(overlap(answer, mask(phantoms.get(1)))).isGreaterThan(.5);
        }
    }

    private static Mask mask(Phantoms.Phantom phantom) {
        return phantom.masks().get(LABEL);
    }

    /** The same image, every seventh pixel one off: near to it, and not equal. */
    private static double overlap(Mask a, Mask b) {
        int both = 0;
        for (int i = 0; i < a.inside().length; i++) {
            both += a.inside()[i] && b.inside()[i] ? 1 : 0;
        }
        return 2.0 * both / (a.area() + b.area());
    }
}
