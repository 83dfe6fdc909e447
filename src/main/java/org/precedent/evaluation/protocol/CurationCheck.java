package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.precedent.curation.ranking.Duplicates;
import org.precedent.curation.ranking.Finding;
import org.precedent.curation.ranking.NetworkPool;
import org.precedent.curation.ranking.Outliers;
import org.precedent.curation.ranking.Suspects;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.protocol.PlantedFaults.Copy;
import org.precedent.evaluation.protocol.PlantedFaults.MaskFault;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.SupportEncoding;
import org.precedent.segmentation.EncodingCache;
import org.precedent.segmentation.Segmenter;

/**
 * Whether a curator's lists find what is planted: wrong masks among a twentieth of a label's
 * annotations, copies of a twentieth of its images, and images of another set. Faults, images and
 * copies are drawn by the seed, every kind as often as every other.
 */
public final class CurationCheck {
    /** Share of the images that something is planted in. */
    private static final double PLANTED = 0.05;

    /** Of the list of suspects, what a curator is asked to look at. */
    private static final double LOOKED_AT = 0.1;

    private static final long ENCODING_BYTES = 1L << 29;

    private final EvaluationCases cases;
    private final Segmenter segmenter;
    private final ImageEmbedder embedder;
    private final int supports;
    private final Map<String, float[]> vectors = new HashMap<>();

    /**
     * @param supports that a leave-one-out answer rests on at most
     */
    public CurationCheck(
            EvaluationCases cases, Segmenter segmenter, ImageEmbedder embedder, int supports) {
        this.cases = cases;
        this.segmenter = segmenter;
        this.embedder = embedder;
        this.supports = supports;
    }

    /**
     * How well a list did.
     *
     * @param list its name
     * @param images of the pool, planted ones among them
     * @param planted how many things were planted
     * @param found how many of them were in the part of the list that counts
     * @param wrong entries of that part that nobody planted, where each entry is a claim; null for
     *     lists that rank everything
     * @param auc of planted against all others; null where the list does not rank everything
     * @param byKind planted and found of each kind
     */
    public record Result(
            String list,
            String label,
            long seed,
            int images,
            int planted,
            int found,
            @Nullable Integer wrong,
            @Nullable Double auc,
            Map<String, String> byKind,
            double seconds) {}

    /**
     * What answers gain by doing what a list says.
     *
     * @param figures by their names, see {@link CurationGains}
     */
    public record Gain(
            String list,
            String label,
            long seed,
            int images,
            int planted,
            Map<String, Object> figures,
            double seconds) {
        public Gain {
            figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
        }
    }

    private record Planted(
            List<EvaluationCase> members, List<Mask> masks, Map<Integer, String> kinds) {}

    private List<EvaluationCase> members(String label, int most, long seed) {
        List<EvaluationCase> members =
                new ArrayList<>(
                        cases.cases().stream()
                                .filter(one -> one.masks().containsKey(label))
                                .toList());
        Collections.shuffle(members, new Random(seed));
        List<EvaluationCase> drawn = members.subList(0, Math.min(most, members.size()));
        if (drawn.size() < 2) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "label " + label + ": lists rank at least 2 images, here are " + drawn.size(),
                    "images",
                    drawn.size(),
                    2);
        }
        return drawn;
    }

    /**
     * Wrong masks among a label's annotations.
     *
     * @param most images at most, drawn by the seed
     */
    public Result suspects(String label, int most, long seed, Progress progress) {
        long start = System.nanoTime();
        Planted planted = plant(label, most, seed);
        NetworkPool pool = pool(planted);
        List<Finding> found =
                new Suspects(pool, supports)
                        .rank(
                                planted.members().size(),
                                seed,
                                done ->
                                        progress.step(
                                                label + " suspects",
                                                done,
                                                planted.members().size()));
        int looked = (int) Math.round(LOOKED_AT * found.size());
        Map<String, int[]> byKind = new LinkedHashMap<>();
        int hits = 0;
        for (int place = 0; place < found.size(); place++) {
            String kind = planted.kinds().get(found.get(place).subject());
            if (kind != null) {
                int[] counts = byKind.computeIfAbsent(kind, k -> new int[2]);
                counts[0]++;
                if (place < looked) {
                    counts[1]++;
                    hits++;
                }
            }
        }
        return new Result(
                "suspects",
                label,
                seed,
                planted.members().size(),
                planted.kinds().size(),
                hits,
                null,
                auc(found, planted.kinds().keySet()),
                words(byKind),
                seconds(start));
    }

    private Planted plant(String label, int most, long seed) {
        List<EvaluationCase> members = members(label, most, seed);
        Random random = new Random(seed);
        List<Mask> masks = new ArrayList<>();
        members.forEach(one -> masks.add(one.masks().get(label)));
        int bad = planted(members.size());
        Map<Integer, String> kinds = new LinkedHashMap<>();
        MaskFault[] faults = MaskFault.values();
        for (int i = 0; i < bad; i++) {
            MaskFault fault = faults[(int) Math.floorMod(i + seed, faults.length)];
            EvaluationCase one = members.get(i);
            Mask otherLabel =
                    one.masks().entrySet().stream()
                            .filter(e -> !e.getKey().equals(label))
                            .map(Map.Entry::getValue)
                            .findFirst()
                            .orElse(null);
            Mask right = masks.get(i);
            Mask otherImage = masks.get((bad + i) % masks.size());
            masks.set(i, PlantedFaults.wrong(fault, right, otherImage, otherLabel, random));
            kinds.put(i, fault.name().toLowerCase(Locale.ROOT));
        }
        return new Planted(members, masks, kinds);
    }

    private NetworkPool pool(Planted planted) {
        List<NetworkPool.Member> members = new ArrayList<>();
        List<Fingerprint> prints = new ArrayList<>();
        List<Duplicates.Source> sources = new ArrayList<>();
        for (EvaluationCase one : planted.members()) {
            members.add(new NetworkPool.Member(vector(one), one.patient(), true));
            prints.add(Fingerprint.of(one.image()));
            sources.add(new Duplicates.Source(one.patient(), one.id()));
        }
        return new NetworkPool(
                segmenter.network(),
                segmenter.side(),
                segmenter.range(),
                members,
                new InMemory(planted),
                Duplicates.among(prints, sources));
    }

    private float[] vector(EvaluationCase one) {
        return vectors.computeIfAbsent(one.id(), id -> embedder.embed(one.image()));
    }

    /** Cases with planted masks, encoded as they are met. */
    private final class InMemory implements NetworkPool.Source {
        private final Planted planted;
        private final EncodingCache kept = new EncodingCache(ENCODING_BYTES);

        InMemory(Planted planted) {
            this.planted = planted;
        }

        @Override
        public Raster image(int member) {
            return planted.members().get(member).image();
        }

        @Override
        public Mask mask(int member) {
            return planted.masks().get(member);
        }

        @Override
        public Map<Integer, SupportEncoding> encodings(Collection<Integer> members) {
            Map<Integer, SupportEncoding> encodings = new HashMap<>();
            for (int member : members) {
                Optional<SupportEncoding> known =
                        kept.find(
                                segmenter.network(),
                                member,
                                segmenter.side(),
                                segmenter.range(),
                                EncodingCache.View.WHOLE);
                SupportEncoding encoding =
                        known.isPresent()
                                ? known.get()
                                : segmenter.encode(image(member), List.of(mask(member))).getFirst();
                if (known.isEmpty()) {
                    kept.put(
                            segmenter.network(),
                            member,
                            segmenter.side(),
                            segmenter.range(),
                            EncodingCache.View.WHOLE,
                            encoding);
                }
                encodings.put(member, encoding);
            }
            return encodings;
        }
    }

    /**
     * Answers without the annotations that are worth least, of a pool with wrong masks in it.
     *
     * @param most images at most, drawn by the seed
     */
    public Gain worth(String label, int most, long seed, Progress progress) {
        long start = System.nanoTime();
        Planted planted = plant(label, most, seed);
        int images = planted.members().size();
        Map<String, Object> figures =
                gains(planted)
                        .worth(
                                planted.kinds().keySet(),
                                seed,
                                done -> progress.step(label + " worth", done, images / 2));
        return new Gain(
                "worth", label, seed, images, planted.kinds().size(), figures, seconds(start));
    }

    /**
     * Answers of a pool that grows by the images that are next, and at random.
     *
     * @param most images at most, drawn by the seed
     */
    public Gain next(String label, int most, long seed, Progress progress) {
        long start = System.nanoTime();
        Planted right = right(label, most, seed);
        Map<String, Object> figures =
                gains(right)
                        .next(
                                seed,
                                done -> progress.step(label + " next", done, CurationGains.ROUNDS));
        return new Gain("next", label, seed, right.members().size(), 0, figures, seconds(start));
    }

    /**
     * Answers of a pool that takes the corrections of each day's answers.
     *
     * @param most images at most, drawn by the seed
     */
    public Gain living(String label, int most, long seed, Progress progress) {
        long start = System.nanoTime();
        Planted right = right(label, most, seed);
        Map<String, Object> figures =
                new LivingPool(pool(right), image -> right.members().get(image).patient(), supports)
                        .live(seed, day -> progress.step(label + " days", day, LivingPool.DAYS));
        return new Gain("living", label, seed, right.members().size(), 0, figures, seconds(start));
    }

    /** Members with their own masks. */
    private Planted right(String label, int most, long seed) {
        List<EvaluationCase> members = members(label, most, seed);
        return new Planted(
                members, members.stream().map(one -> mask(one, label)).toList(), Map.of());
    }

    private CurationGains gains(Planted planted) {
        return new CurationGains(
                pool(planted), image -> planted.members().get(image).patient(), supports);
    }

    private static Mask mask(EvaluationCase one, String label) {
        return Objects.requireNonNull(one.masks().get(label));
    }

    /** Copies of a label's images among them. */
    public Result duplicates(String label, int most, long seed, Progress progress) {
        long start = System.nanoTime();
        List<EvaluationCase> members = members(label, most, seed);
        Random random = new Random(seed);
        List<Fingerprint> prints = new ArrayList<>();
        List<Duplicates.Source> sources = new ArrayList<>();
        for (EvaluationCase one : members) {
            prints.add(Fingerprint.of(one.image()));
            sources.add(new Duplicates.Source(one.patient(), one.id()));
            progress.step(label + " duplicates", prints.size(), members.size());
        }
        Set<Set<Integer>> own = pairs(Duplicates.among(prints, sources));
        Map<Set<Integer>, String> planted = new LinkedHashMap<>();
        Copy[] kinds = Copy.values();
        for (int i = 0; i < planted(members.size()); i++) {
            Copy kind = kinds[(int) Math.floorMod(i + seed, kinds.length)];
            planted.put(Set.of(i, prints.size()), kind.name().toLowerCase(Locale.ROOT));
            prints.add(Fingerprint.of(PlantedFaults.copied(kind, members.get(i).image(), random)));
            sources.add(new Duplicates.Source("planted " + i, "planted " + i));
        }
        Set<Set<Integer>> found = pairs(Duplicates.among(prints, sources));
        Map<String, int[]> byKind = new LinkedHashMap<>();
        int hits = 0;
        for (Map.Entry<Set<Integer>, String> one : planted.entrySet()) {
            int[] counts = byKind.computeIfAbsent(one.getValue(), k -> new int[2]);
            counts[0]++;
            if (found.contains(one.getKey())) {
                counts[1]++;
                hits++;
            }
        }
        int wrong =
                (int)
                        found.stream()
                                .filter(pair -> !planted.containsKey(pair))
                                .filter(pair -> !own.contains(pair))
                                .filter(pair -> !ofTwins(pair, own, planted.keySet()))
                                .count();
        return new Result(
                "duplicates",
                label,
                seed,
                prints.size(),
                planted.size(),
                hits,
                wrong,
                null,
                words(byKind),
                seconds(start));
    }

    /** Whether a copy was found to be the twin of its original's twin. */
    private static boolean ofTwins(
            Set<Integer> pair, Set<Set<Integer>> own, Set<Set<Integer>> planted) {
        return planted.stream()
                .anyMatch(copy ->
                        own.stream()
                                .anyMatch(twins -> {
                                    Set<Integer> chain = new HashSet<>(copy);
                                    chain.addAll(twins);
                                    return chain.size() == 3 && chain.containsAll(pair);
                                }));
    }

    private static Set<Set<Integer>> pairs(List<Finding> found) {
        Set<Set<Integer>> pairs = new HashSet<>();
        for (Finding one : found) {
            Integer other = one.other();
            if (other != null) {
                pairs.add(Set.of(one.subject(), other));
            }
        }
        return pairs;
    }

    /**
     * Images of another set among a label's images.
     *
     * @param foreign images of other sets, of which as many as are planted are drawn
     */
    public Result outliers(String label, int most, List<Raster> foreign, long seed) {
        long start = System.nanoTime();
        List<EvaluationCase> members = members(label, most, seed);
        List<float[]> all = new ArrayList<>();
        List<String> patients = new ArrayList<>();
        for (EvaluationCase one : members) {
            all.add(vector(one));
            patients.add(one.patient());
        }
        List<Raster> drawn = new ArrayList<>(foreign);
        Collections.shuffle(drawn, new Random(seed));
        int bad = Math.min(planted(members.size()), drawn.size());
        for (Raster image : drawn.subList(0, bad)) {
            patients.add("foreign " + all.size());
            all.add(embedder.embed(image));
        }
        List<Finding> found =
                Outliers.among(all, (a, b) -> !patients.get(a).equals(patients.get(b)));
        Set<Integer> planted =
                new HashSet<>(IntStream.range(members.size(), all.size()).boxed().toList());
        int hits =
                (int)
                        found.stream()
                                .limit(Math.round(LOOKED_AT * found.size()))
                                .filter(one -> planted.contains(one.subject()))
                                .count();
        return new Result(
                "outliers",
                label,
                seed,
                all.size(),
                bad,
                hits,
                null,
                auc(found, planted),
                Map.of(),
                seconds(start));
    }

    private static int planted(int images) {
        return Math.max(1, (int) Math.round(PLANTED * images));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static Map<String, String> words(Map<String, int[]> byKind) {
        Map<String, String> words = new LinkedHashMap<>();
        byKind.forEach((kind, counts) -> words.put(kind, counts[1] + " of " + counts[0]));
        return words;
    }

    /**
     * The chance that one planted stands before one that was not; null where nothing of one kind
     * was ranked.
     */
    static @Nullable Double auc(List<Finding> ranked, Set<Integer> planted) {
        long before = 0;
        long others = 0;
        long plantedSeen = 0;
        for (Finding one : ranked) {
            if (planted.contains(one.subject())) {
                plantedSeen++;
            } else {
                others++;
                before += plantedSeen;
            }
        }
        return plantedSeen == 0 || others == 0
                ? null
                : (Double) ((double) before / (plantedSeen * others));
    }
}
