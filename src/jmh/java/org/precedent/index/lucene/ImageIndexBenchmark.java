package org.precedent.index.lucene;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageSearch.Hit;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.SupportFilter;

/**
 * How long a batch takes until it is durable and searchable, and how long a search takes and what
 * it finds, from all images eligible down to one in ten thousand. A plain program, because one
 * index of this size is built once and asked everything.
 *
 * <ul>
 *   <li>apply p99 above 200 ms: merges or graph building have crept into the path of an
 *       acknowledgement.
 *   <li>recall below .99 anywhere: too few candidates, or too thin a graph for filtered walks.
 *   <li>a filtered search slower than 1.5 x the unfiltered one: the limit between scan and graph
 *       ({@code exactLimit}) is wrong for this machine.
 * </ul>
 *
 * <p>Arguments: images, dimension, then any values of exactLimit to compare, without a walk price
 * where not the default: 1 walks always, a large one scans always.
 */
public final class ImageIndexBenchmark {
    private static final int QUERIES = 200;
    private static final int[] SUPPORT_SIZES = {10, 64};
    private static final int[] ONE_IN = {1, 2, 4, 10, 30, 100, 1000, 10_000};

    private final PrintStream out;
    private final int n;
    private final EmbeddingSpace space;
    private final Random random = new Random(20261122);

    private ImageIndexBenchmark(PrintStream out, int n, int dimension) {
        this.out = out;
        this.n = n;
        this.space = new EmbeddingSpace("benchmark", "0123456789abcdef", Level.IMAGE, dimension);
    }

    public static void main(String[] arguments) throws IOException {
        int n = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int dimension = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 256;
        int[] limits =
                arguments.length > 2
                        ? Arrays.stream(arguments).skip(2).mapToInt(Integer::parseInt).toArray()
                        : new int[] {HnswConfig.DEFAULT.exactLimit()};
        new ImageIndexBenchmark(System.out, n, dimension).run(limits);
    }

    private void run(int[] limits) throws IOException {
        out.printf(
                "%d images x %d, JVM %s, %d processors%n",
                n,
                space.dimension(),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors());
        Path home = Files.createTempDirectory("image-index-benchmark");
        try {
            List<float[]> centres = vectors(Math.max(10, n / 500), 1.0, List.of());
            build(home, centres);
            List<float[]> queries = vectors(QUERIES, 0.5, centres);
            for (int k : SUPPORT_SIZES) {
                SearchResult[][] truth = new SearchResult[ONE_IN.length][];
                for (int limit : limits) {
                    HnswConfig d = HnswConfig.DEFAULT;
                    HnswConfig config =
                            new HnswConfig(
                                    d.maxConn(),
                                    d.beamWidth(),
                                    limit,
                                    limit == d.exactLimit() ? d.walkPrice() : 0,
                                    d.overCollectFactor(),
                                    d.overCollectExtra());
                    search(home, queries, config, k, truth);
                }
            }
        } finally {
            IndexSnapshots.deleteTree(home);
        }
    }

    private void build(Path home, List<float[]> centres) {
        try (LuceneImageIndex index =
                LuceneImageIndex.open(home, IndexContent.of(space), HnswConfig.DEFAULT)) {
            int batch = 1000;
            long nanos = 0;
            long[] times = new long[n / batch];
            for (int from = 0; from < n; from += batch) {
                List<Change> changes = changes(from, from + batch, centres);
                long start = System.nanoTime();
                index.apply(changes, from + 1);
                times[from / batch] = System.nanoTime() - start;
                nanos += times[from / batch];
            }
            out.printf(
                    "built in batches of %d: %.0f images/s acknowledged, apply %s%n",
                    batch, n / (nanos / 1e9), percentiles(times));
            for (int size : new int[] {1, 10}) {
                long[] small = new long[300];
                for (int i = 0; i < small.length; i++) {
                    int from = n + i * size;
                    List<Change> changes = changes(from, from + size, centres);
                    long start = System.nanoTime();
                    index.apply(changes, index.sequence() + 1);
                    small[i] = System.nanoTime() - start;
                }
                out.printf("apply of %d while merging: %s%n", size, percentiles(small));
            }
        }
    }

    private void search(
            Path home, List<float[]> queries, HnswConfig config, int k, SearchResult[][] truth) {
        HnswConfig scan = new HnswConfig(16, 100, Integer.MAX_VALUE, 0, 1, 0);
        try (LuceneImageSearch index =
                        LuceneImageSearch.open(home, IndexContent.of(space), config);
                LuceneImageSearch exact =
                        LuceneImageSearch.open(home, IndexContent.of(space), scan)) {
            out.printf("k %d, exactLimit %d%n", k, config.exactLimit());
            out.println("| one in | eligible | recall@k | visited | exact | p50 ms | p99 ms |");
            for (int s = 0; s < ONE_IN.length; s++) {
                SupportFilter filter = filter(ONE_IN[s]);
                if (truth[s] == null) {
                    truth[s] =
                            queries.stream()
                                    .map(query -> exact.search(query, filter, k))
                                    .toArray(SearchResult[]::new);
                }
                for (int warm = 0; warm < 3; warm++) {
                    queries.forEach(query -> index.search(query, filter, k));
                }
                long[] times = new long[queries.size()];
                long visited = 0;
                int found = 0;
                int wanted = 0;
                int exactly = 0;
                for (int q = 0; q < times.length; q++) {
                    long start = System.nanoTime();
                    SearchResult result = index.search(queries.get(q), filter, k);
                    times[q] = System.nanoTime() - start;
                    visited += result.visited();
                    exactly += result.exact() ? 1 : 0;
                    Set<Hit> common = new HashSet<>(result.hits());
                    common.retainAll(new HashSet<>(truth[s][q].hits()));
                    found += common.size();
                    wanted += truth[s][q].hits().size();
                }
                Arrays.sort(times);
                out.printf(
                        "| %d | %d | %.4f | %d | %d%% | %.3f | %.3f |%n",
                        ONE_IN[s],
                        truth[s][0].eligible(),
                        (double) found / wanted,
                        visited / times.length,
                        100 * exactly / times.length,
                        times[times.length / 2] / 1e6,
                        times[times.length * 99 / 100] / 1e6);
            }
        }
    }

    /** Pool p holds every p-th image. */
    private static SupportFilter filter(int oneIn) {
        return new SupportFilter(
                Scope.machine().anyPool(oneIn),
                1,
                1,
                EnumSet.of(ReviewState.APPROVED),
                null,
                "patient 5",
                null);
    }

    private List<Change> changes(int from, int to, List<float[]> centres) {
        List<Change> changes = new ArrayList<>();
        List<float[]> vectors = vectors(to - from, 0.5, centres);
        for (int i = from; i < to; i++) {
            List<Membership> memberships = new ArrayList<>();
            for (int oneIn : ONE_IN) {
                if (i % oneIn == 0) {
                    memberships.add(
                            new Membership(oneIn, 1, ReviewState.APPROVED, 1, Membership.STILL));
                }
            }
            changes.add(
                    new Change.Put(
                            new IndexEntry(
                                    new UUID(random.nextLong(), random.nextLong()),
                                    vectors.get(i - from),
                                    "site",
                                    "patient " + i / 10,
                                    Integer.toHexString(i),
                                    memberships)));
        }
        return changes;
    }

    /** Unit vectors, each at a spread around one of the centres where there are any. */
    private List<float[]> vectors(int count, double spread, List<float[]> centres) {
        List<float[]> vectors = new ArrayList<>();
        double scale = spread / Math.sqrt(space.dimension());
        for (int i = 0; i < count; i++) {
            float[] vector = new float[space.dimension()];
            float[] centre =
                    centres.isEmpty() ? vector : centres.get(random.nextInt(centres.size()));
            double squares = 0;
            for (int c = 0; c < vector.length; c++) {
                vector[c] = (float) (centre[c] + scale * random.nextGaussian());
                squares += vector[c] * vector[c];
            }
            for (int c = 0; c < vector.length; c++) {
                vector[c] /= (float) Math.sqrt(squares);
            }
            vectors.add(vector);
        }
        return vectors;
    }

    static String percentiles(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return String.format(
                "p50 %.1f ms, p99 %.1f ms, max %.1f ms",
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }
}
