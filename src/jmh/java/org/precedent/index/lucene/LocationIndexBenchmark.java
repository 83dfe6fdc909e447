package org.precedent.index.lucene;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.evaluation.results.Chart;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch.Hit;
import org.precedent.index.LocationSearch.Result;

/**
 * The index of locations at the size of a hospital: 64 locations an image, 32 vectors a query, from
 * all images eligible down to one in ten thousand. A plain program, because an index of this size
 * is built once and asked everything.
 *
 * <ul>
 *   <li>recall below .99 anywhere: too few candidates, or too thin a graph.
 *   <li>a filtered search slower than 1.5 x the unfiltered one: the price of a walk ({@code
 *       walkPrice}) is wrong for this machine.
 *   <li>p50 above 30 ms at a million locations: beyond what an answer may wait for.
 *   <li>a single image that becomes searchable in more than 200 ms (p99): merges are in its way.
 * </ul>
 *
 * <p>The vectors are made: every cell of the grid has its own centres, as anatomy stands where it
 * stands, with lengths that differ, and queries are drawn beside locations. Arguments: images, then
 * any of {@code k=}, {@code walkPrice=}, {@code candidates=} (factor), {@code dimension=}, {@code
 * queries=}.
 */
public final class LocationIndexBenchmark {
    /** The images are named: their index is measured beside this. */
    private static final Supplier<ImageSearch> UNFILTERED =
            () -> {
                throw new IllegalStateException("asked for members");
            };

    private static final int CELLS = 64;
    private static final int VECTORS = 32;
    private static final int[] ONE_IN = {1, 2, 4, 10, 100, 1000, 10_000};
    private static final int BATCH = 64;

    private final PrintStream out;
    private final Map<String, Integer> settings;
    private final int n;
    private final int dimension;
    private final EmbeddingSpace space;
    private final Random random = new Random(20261125);
    private final float[][][] centres;

    private LocationIndexBenchmark(PrintStream out, int n, Map<String, Integer> settings) {
        this.out = out;
        this.n = n;
        this.settings = settings;
        this.dimension = settings.getOrDefault("dimension", 128);
        this.space = new EmbeddingSpace("benchmark", "0123456789abcdef", Level.LOCATION, dimension);
        this.centres = new float[CELLS][Math.max(4, n / 500)][];
        for (float[][] cell : centres) {
            for (int c = 0; c < cell.length; c++) {
                cell[c] = gaussian(1);
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        int n = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15_625;
        Map<String, Integer> settings = new LinkedHashMap<>();
        for (String argument :
                Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length)) {
            String[] parts = argument.split("=", 2);
            settings.put(parts[0], Integer.parseInt(parts[1]));
        }
        new LocationIndexBenchmark(System.out, n, settings).run();
    }

    private HnswConfig config() {
        HnswConfig p = HnswConfig.LOCATIONS;
        return new HnswConfig(
                p.maxConn(),
                p.beamWidth(),
                p.exactLimit(),
                settings.getOrDefault("walkPrice", (int) p.walkPrice()),
                settings.getOrDefault("candidates", p.overCollectFactor()),
                p.overCollectExtra());
    }

    private void run() throws IOException {
        out.printf(
                Locale.ROOT,
                "%d images, %d locations x %d, %d vectors a query, JVM %s, %d processors%n",
                n,
                n * CELLS,
                dimension,
                VECTORS,
                Runtime.version(),
                Runtime.getRuntime().availableProcessors());
        Path home = Files.createTempDirectory("location-index-benchmark");
        try {
            List<UUID> ids = build(home);
            search(home, ids);
        } finally {
            IndexSnapshots.deleteTree(home);
        }
    }

    private List<UUID> build(Path home) throws IOException {
        List<UUID> ids = new ArrayList<>();
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, space, UNFILTERED, config())) {
            long cpu = cpuNanos();
            long start = System.nanoTime();
            while (ids.size() < n) {
                Map<UUID, List<Location>> images = images(Math.min(BATCH, n - ids.size()));
                ids.addAll(images.keySet());
                index.put(images, ids.size());
            }
            double put = (System.nanoTime() - start) / 1e9;
            long[] single = new long[200];
            for (int i = 0; i < single.length; i++) {
                Map<UUID, List<Location>> image = images(1);
                ids.addAll(image.keySet());
                long from = System.nanoTime();
                index.put(image, ids.size());
                single[i] = System.nanoTime() - from;
            }
            index.merge();
            double all = (System.nanoTime() - start) / 1e9;
            double core = (cpuNanos() - cpu) / 1e9;
            out.printf(
                    Locale.ROOT,
                    "built: acknowledged after %.0f s, one merged graph after %.0f s;"
                            + " %.0f vectors/s of wall time, %.0f a core-second%n",
                    put,
                    all,
                    ids.size() * CELLS / all,
                    ids.size() * CELLS / core);
            out.printf(
                    "one image searchable while merging: %s%n",
                    ImageIndexBenchmark.percentiles(single));
        }
        long bytes;
        try (Stream<Path> files = Files.list(home)) {
            bytes = files.mapToLong(file -> file.toFile().length()).sum();
        }
        out.printf(
                Locale.ROOT, "index: %.0f bytes a vector%n", (double) bytes / (ids.size() * CELLS));
        ids.sort(ImageSearch.ID_ORDER);
        return ids;
    }

    private void search(Path home, List<UUID> ids) {
        int k = settings.getOrDefault("k", 10);
        int count = settings.getOrDefault("queries", 40);
        HnswConfig scan = new HnswConfig(16, 100, Integer.MAX_VALUE, 0, 1, 0);
        try (LuceneLocationSearch index =
                        LuceneLocationSearch.open(home, space, UNFILTERED, config());
                LuceneLocationSearch exact =
                        LuceneLocationSearch.open(home, space, UNFILTERED, scan)) {
            List<List<float[]>> queries = new ArrayList<>();
            for (int q = 0; q < count; q++) {
                queries.add(query());
            }
            out.println(
                    "| one in | locations | recall@"
                            + k
                            + " | visited a vector | scanned | p50 ms | p99 ms | exact p50 ms |");
            double[] times = new double[ONE_IN.length];
            double[] exactTimes = new double[ONE_IN.length];
            for (int s = 0; s < ONE_IN.length; s++) {
                int oneIn = ONE_IN[s];
                List<UUID> eligible = new ArrayList<>();
                for (int i = 0; i < ids.size(); i += oneIn) {
                    eligible.add(ids.get(i));
                }
                double[] p50 = row(queries, eligible, k, oneIn, index, exact);
                times[s] = Math.log10(p50[0]);
                exactTimes[s] = Math.log10(p50[1]);
            }
            plot(times, exactTimes);
        }
    }

    private void plot(double[] times, double[] exactTimes) {
        List<String> steps = Arrays.stream(ONE_IN).mapToObj(one -> 100.0 / one + "%").toList();
        Chart chart =
                new Chart(
                        n * CELLS + " locations, " + VECTORS + " vectors a query",
                        steps,
                        "images that may be found",
                        "p50, log10 of milliseconds",
                        List.of(
                                new Chart.Series("index", times, none(), none(), false),
                                Chart.Series.beside("exact scan", exactTimes)),
                        Chart.Form.LINES);
        Path file = Path.of("target", "bench", "locations.png");
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, PngWriter.png(chart.draw()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println("drawn: " + file);
        out.println("hnswlib: not measured, it is a library of another language");
    }

    private static double[] none() {
        double[] none = new double[ONE_IN.length];
        Arrays.fill(none, Double.NaN);
        return none;
    }

    /** Prints a row; the median times of index and exact scan, in ms. */
    private double[] row(
            List<List<float[]>> queries,
            List<UUID> eligible,
            int k,
            int oneIn,
            LuceneLocationSearch index,
            LuceneLocationSearch exact) {
        queries.forEach(query -> index.search(query, eligible, k));
        long[] times = new long[queries.size()];
        long[] exactTimes = new long[Math.min(10, queries.size())];
        long visited = 0;
        int scanned = 0;
        int found = 0;
        int wanted = 0;
        int locations = 0;
        for (int q = 0; q < times.length; q++) {
            long start = System.nanoTime();
            Result result = index.search(queries.get(q), eligible, k);
            times[q] = System.nanoTime() - start;
            visited += result.visited();
            scanned += result.exact() ? 1 : 0;
            locations = result.locations();
            if (q < exactTimes.length) {
                start = System.nanoTime();
                Result truth = exact.search(queries.get(q), eligible, k);
                exactTimes[q] = System.nanoTime() - start;
                for (int v = 0; v < VECTORS; v++) {
                    Set<Hit> common = new HashSet<>(truth.hits().get(v));
                    wanted += common.size();
                    common.retainAll(new HashSet<>(result.hits().get(v)));
                    found += common.size();
                }
            }
        }
        Arrays.sort(times);
        Arrays.sort(exactTimes);
        out.printf(
                Locale.ROOT,
                "| %d | %d | %.4f | %d | %d%% | %.1f | %.1f | %.1f |%n",
                oneIn,
                locations,
                (double) found / wanted,
                visited / times.length / VECTORS,
                100 * scanned / times.length,
                times[times.length / 2] / 1e6,
                times[times.length * 99 / 100] / 1e6,
                exactTimes[exactTimes.length / 2] / 1e6);
        return new double[] {
            times[times.length / 2] / 1e6, exactTimes[exactTimes.length / 2] / 1e6
        };
    }

    /** A query's contour crosses half of the cells. */
    private List<float[]> query() {
        List<float[]> vectors = new ArrayList<>();
        for (int v = 0; v < VECTORS; v++) {
            vectors.add(near(random.nextInt(CELLS)));
        }
        return vectors;
    }

    private Map<UUID, List<Location>> images(int count) {
        Map<UUID, List<Location>> images = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            List<Location> locations = new ArrayList<>();
            for (int cell = 0; cell < CELLS; cell++) {
                locations.add(new Location(cell, near(cell)));
            }
            images.put(new UUID(random.nextLong(), random.nextLong()), locations);
        }
        return images;
    }

    private float[] near(int cell) {
        float[] centre = centres[cell][random.nextInt(centres[cell].length)];
        float[] vector = gaussian(0.5);
        float length = 0.8f + 0.4f * random.nextFloat();
        for (int c = 0; c < vector.length; c++) {
            vector[c] = length * (vector[c] + centre[c]);
        }
        return vector;
    }

    private float[] gaussian(double spread) {
        float[] vector = new float[dimension];
        for (int c = 0; c < vector.length; c++) {
            vector[c] = (float) (spread * random.nextGaussian());
        }
        return vector;
    }

    /** Of all threads of this process. */
    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
