package org.precedent.network.zoo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.precedent.network.Architecture;
import org.precedent.network.MirroredNetwork;
import org.precedent.network.Model;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.VolumeNetwork;
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.crossattention.CrossAttentionCost;
import org.precedent.network.iris.Iris;
import org.precedent.network.iris.IrisCost;
import org.precedent.network.iris.IrisVolumes;
import org.precedent.network.mobilesam.MobileSam;
import org.precedent.network.mobilesam.MobileSamCost;
import org.precedent.network.patchicl.PatchIcl;
import org.precedent.network.patchicl.PatchIclCost;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCost;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/** The networks and encoders of this service by name. */
public final class Networks {
    /** The one that answers where none is named. */
    public static final String DEFAULT = CrossAttention.NAME + MirroredNetwork.SUFFIX;

    /** One entry each: this is the only list of them. */
    private static final List<Architecture> ALL =
            List.of(
                    Architecture.segmenting(
                            UniverSeg.NAME,
                            UniverSeg.NATIVE_SIZE,
                            UniverSeg::new,
                            UniverSegCost::asReleased),
                    Architecture.segmenting(
                            PatchIcl.NAME,
                            PatchIcl.NATIVE_SIZE,
                            PatchIcl::new,
                            PatchIclCost::asPublished),
                    Architecture.segmenting(
                            CrossAttention.NAME,
                            CrossAttention.PAPER_SIZE,
                            CrossAttention::new,
                            CrossAttentionCost::ofPaper),
                    Architecture.encoding(
                            MobileSam.NAME,
                            MobileSam.NATIVE_SIZE,
                            MobileSam::new,
                            MobileSamCost::of),
                    Architecture.segmenting(
                            Iris.NAME, Iris.NATIVE_SIZE, Iris::new, IrisCost::ofRecipe),
                    Architecture.ofVolumes(
                            IrisVolumes.NAME,
                            IrisVolumes.WINDOW,
                            IrisVolumes::new,
                            IrisCost::ofVolumes));

    private Networks() {}

    /** All of them, in the order of their papers. */
    public static List<Architecture> all() {
        return ALL;
    }

    /** All names that {@link #load} knows. */
    public static List<String> names() {
        return ALL.stream().map(Architecture::name).toList();
    }

    /**
     * One of them.
     *
     * @throws NetworkException when the name is unknown
     */
    public static Architecture architecture(String name) {
        return ALL.stream()
                .filter(architecture -> architecture.name().equals(name))
                .findFirst()
                .orElseThrow(() -> NetworkException.unknownNetwork(name, names()));
    }

    /**
     * Loads a network or an encoder.
     *
     * @param torch where it runs; stays the caller's to close
     * @param name one of {@link #names}
     * @param weights safetensors or a PyTorch checkpoint
     * @throws NetworkException when the name is unknown, the file refused, or its weights are those
     *     of another network
     */
    public static Model load(Torch torch, String name, Path weights) {
        Architecture architecture = architecture(name);
        return architecture.opener().open(torch, StateDict.read(weights));
    }

    /**
     * Loads a network that segments.
     *
     * @param name one of {@link #segmenting}, or with {@code +mirror} at its end: a {@link
     *     MirroredNetwork} of it
     * @throws NetworkException as {@link #load}, or when it is an encoder
     */
    public static SegmentationNetwork open(Torch torch, String name, Path weights) {
        return open(torch, name, () -> StateDict.read(weights));
    }

    /** As {@link #open(Torch, String, Path)}, of weights that were read. */
    public static SegmentationNetwork open(Torch torch, String name, StateDict weights) {
        return open(torch, name, () -> weights);
    }

    /** Whether a name is one of a network that segments, mirrored or not. */
    public static boolean segments(String name) {
        return segmenting().contains(ofWeights(name));
    }

    private static SegmentationNetwork open(Torch torch, String name, Supplier<StateDict> weights) {
        if (!segments(name)) {
            List<String> known = new ArrayList<>(segmenting());
            segmenting().forEach(once -> known.add(once + MirroredNetwork.SUFFIX));
            throw NetworkException.unknownNetwork(name, known);
        }
        String once = ofWeights(name);
        SegmentationNetwork network =
                (SegmentationNetwork) architecture(once).opener().open(torch, weights.get());
        return once.equals(name) ? network : new MirroredNetwork(network);
    }

    /**
     * Loads a network of volumes.
     *
     * @param name one of {@link #ofVolumes}
     * @throws NetworkException as {@link #load}, or when it is another kind of network
     */
    public static VolumeNetwork openVolumes(Torch torch, String name, Path weights) {
        if (!ofVolumes().contains(name)) {
            throw NetworkException.unknownNetwork(name, ofVolumes());
        }
        return (VolumeNetwork) load(torch, name, weights);
    }

    /** The names of those that segment whole volumes at once. */
    public static List<String> ofVolumes() {
        return ALL.stream()
                .filter(a -> a.role() == Architecture.Role.VOLUMES)
                .map(Architecture::name)
                .toList();
    }

    /** The names of those that segment. */
    public static List<String> segmenting() {
        return ALL.stream()
                .filter(a -> a.role() == Architecture.Role.SEGMENTATION)
                .map(Architecture::name)
                .toList();
    }

    /** Whose weights a network runs with: those of the one inside, where it is mirrored. */
    public static String ofWeights(String name) {
        return name.endsWith(MirroredNetwork.SUFFIX)
                ? name.substring(0, name.length() - MirroredNetwork.SUFFIX.length())
                : name;
    }
}
