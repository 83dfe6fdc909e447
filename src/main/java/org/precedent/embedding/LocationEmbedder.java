package org.precedent.embedding;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.Sha256;
import org.precedent.imaging.Contour;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.network.LocationEncoder;

/**
 * Gives locations of an image their vectors: one a cell of the encoder's coarse grid over the
 * network's square. Keys are what an annotated image offers, queries what a new image asks with;
 * the inner product of a query and a key is the number inside the attention's softmax
 * (cross-attention paper, eq. 2), so vectors are not of length 1. Deterministic and thread-safe as
 * the encoder is.
 */
public final class LocationEmbedder {
    private final LocationEncoder encoder;
    private final int side;
    private final int pooling;
    private final EmbeddingSpace space;

    /**
     * One location.
     *
     * @param cell row-major in the grid
     * @param vector [D] float32
     */
    public record Location(int cell, float[] vector) {}

    /** With a key for every cell. */
    public LocationEmbedder(LocationEncoder encoder, int side) {
        this(encoder, side, 1);
    }

    /**
     * @param side of the square that images are fitted to, a multiple of the encoder's stride
     * @param pooling how many cells of a row, and of a column, one key is the mean of: 2 makes an
     *     index a quarter as large, and its locations twice as coarse; divides the grid
     */
    public LocationEmbedder(LocationEncoder encoder, int side, int pooling) {
        if (side < 1 || side % encoder.locationStride() != 0) {
            throw new IllegalArgumentException(
                    "side " + side + " is no multiple of " + encoder.locationStride());
        }
        this.encoder = encoder;
        this.side = side;
        if (pooling < 1 || grid() % pooling != 0) {
            throw new IllegalArgumentException(
                    "pooling " + pooling + " does not divide a grid of " + grid());
        }
        this.pooling = pooling;
        this.space =
                new EmbeddingSpace(
                        encoder.name().replace('_', '-') + (pooling == 1 ? "" : "-mean" + pooling),
                        hash(encoder.weightsSha256()),
                        Level.LOCATION,
                        encoder.locationDimension());
    }

    public EmbeddingSpace space() {
        return space;
    }

    /** What identifies an encoder's weights together with the range that its images keep. */
    static String hash(String weightsSha256) {
        return Sha256.of(InputRange.CURRENT.stamp(weightsSha256));
    }

    /** Cells of a row, and of a column, of the grid. */
    public int grid() {
        return side / encoder.locationStride();
    }

    /**
     * The keys of all cells that the image touches: where the square is only padding there is
     * nothing to be found. Where keys are pooled, each is the mean over those of its cells that the
     * image touches, and stands at the first of these.
     *
     * @param image at native size
     * @return by cell
     */
    public List<Location> keys(Raster image) {
        NetworkInput input = NetworkInput.of(image, side, InputRange.CURRENT);
        float[][] vectors = encoder.keyVectors(input.plane().values(), side, side);
        List<Integer> cells = cells(input.geometry());
        if (pooling == 1) {
            return cells.stream().map(cell -> new Location(cell, vectors[cell])).toList();
        }
        Map<Integer, List<Integer>> blocks = new LinkedHashMap<>();
        for (int cell : cells) {
            int block = cell / grid() / pooling * grid() + cell % grid() / pooling;
            blocks.computeIfAbsent(block, b -> new ArrayList<>()).add(cell);
        }
        return blocks.values().stream()
                .map(block -> new Location(block.getFirst(), mean(vectors, block)))
                .toList();
    }

    /** Of the vectors of some cells. */
    static float[] mean(float[][] vectors, List<Integer> cells) {
        float[] mean = new float[vectors[cells.getFirst()].length];
        for (int c = 0; c < mean.length; c++) {
            double sum = 0;
            for (int cell : cells) {
                sum += vectors[cell][c];
            }
            mean[c] = (float) (sum / cells.size());
        }
        return mean;
    }

    /**
     * Everything that an image can ask with: the encoder runs once, whatever is asked afterwards.
     *
     * @param image at native size
     */
    public Questions questions(Raster image) {
        NetworkInput input = NetworkInput.of(image, side, InputRange.CURRENT);
        return new Questions(
                input.geometry(), encoder.queryVectors(input.plane().values(), side, side));
    }

    /** The vectors of one image in the place of the query. */
    public final class Questions {
        private final NetworkInput.Geometry geometry;
        private final float[][] vectors;

        private Questions(NetworkInput.Geometry geometry, float[][] vectors) {
            this.geometry = geometry;
            this.vectors = vectors;
        }

        /**
         * The vectors at some pixels: those of their cells, each cell once, for the first of its
         * points.
         *
         * @param points pixels of the image; empty for all cells
         * @return in the order of the points
         */
        public List<Question> at(List<Contour.Point> points) {
            Map<Integer, Contour.Point> byCell = new LinkedHashMap<>();
            if (points.isEmpty()) {
                cells(geometry).forEach(cell -> byCell.put(cell, middle(cell)));
            } else {
                points.forEach(point -> byCell.putIfAbsent(cell(point), point));
            }
            List<Question> questions = new ArrayList<>();
            byCell.forEach((cell, point) ->
                    questions.add(new Question(point, new Location(cell, vectors[cell]))));
            return questions;
        }

        /** The cell that a pixel of the image lies in. */
        private int cell(Contour.Point point) {
            int x = geometry.columnOf(point.x());
            int y = geometry.rowOf(point.y());
            return y / encoder.locationStride() * grid() + x / encoder.locationStride();
        }

        /** The pixel of the image nearest to the middle of a cell. */
        private Contour.Point middle(int cell) {
            int stride = encoder.locationStride();
            return geometry.pixelAt(
                    cell % grid() * stride + stride / 2, cell / grid() * stride + stride / 2);
        }
    }

    /**
     * What one point of a query asks.
     *
     * @param point the pixel
     * @param location its cell and vector
     */
    public record Question(Contour.Point point, Location location) {}

    private List<Integer> cells(NetworkInput.Geometry geometry) {
        int stride = encoder.locationStride();
        int right = (geometry.left() + geometry.contentWidth() - 1) / stride;
        int bottom = (geometry.top() + geometry.contentHeight() - 1) / stride;
        List<Integer> cells = new ArrayList<>();
        for (int y = geometry.top() / stride; y <= bottom; y++) {
            for (int x = geometry.left() / stride; x <= right; x++) {
                cells.add(y * grid() + x);
            }
        }
        return cells;
    }
}
