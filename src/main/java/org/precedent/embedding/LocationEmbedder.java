package org.precedent.embedding;

import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.Contour;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.network.LocationEncoder;

/**
 * Gives places of an image their vectors: one a cell of the encoder's coarse grid over the network's
 * square. Keys are what an annotated image offers, queries what a new image asks with; the inner
 * product of a query and a key is the number inside the attention's softmax (cross-attention paper,
 * eq. 2), so vectors are not of length 1. Deterministic and thread-safe as the encoder is.
 */
public final class LocationEmbedder {
    private final LocationEncoder encoder;
    private final int side;
    private final EmbeddingSpace space;

    /**
     * One place.
     *
     * @param cell row-major in the grid
     * @param vector [D] float32
     */
    public record Place(int cell, float[] vector) {}

    /**
     * @param side of the square that images are fitted to, a multiple of the encoder's stride
     */
    public LocationEmbedder(LocationEncoder encoder, int side) {
        if (side < 1 || side % encoder.locationStride() != 0) {
            throw new IllegalArgumentException(
                    "side " + side + " is no multiple of " + encoder.locationStride());
        }
        this.encoder = encoder;
        this.side = side;
        this.space =
                new EmbeddingSpace(
                        encoder.name().replace('_', '-'),
                        encoder.weightsSha256(),
                        Level.LOCATION,
                        encoder.locationDimension());
    }

    public EmbeddingSpace space() {
        return space;
    }

    /** Cells of a row, and of a column, of the grid. */
    public int grid() {
        return side / encoder.locationStride();
    }

    /**
     * The keys of all cells that the image touches: where the square is only padding there is
     * nothing to be found.
     *
     * @param image at native size
     * @return by cell
     */
    public List<Place> keys(Raster image) {
        NetworkInput input = NetworkInput.of(image, side);
        float[][] vectors = encoder.keyVectors(input.plane().values(), side, side);
        return places(vectors, cells(input.geometry()));
    }

    /**
     * The vectors that an image asks with at some of its pixels: those of their cells, each cell
     * once.
     *
     * @param image at native size
     * @param points pixels of the image; empty for all cells
     * @return in the order of the points
     */
    public List<Place> queries(Raster image, List<Contour.Point> points) {
        NetworkInput input = NetworkInput.of(image, side);
        float[][] vectors = encoder.queryVectors(input.plane().values(), side, side);
        return places(
                vectors,
                points.isEmpty()
                        ? cells(input.geometry())
                        : points.stream()
                                .map(p -> cell(input.geometry(), p))
                                .distinct()
                                .toList());
    }

    /** The cell that a pixel of the image lies in. */
    private int cell(NetworkInput.Geometry geometry, Contour.Point point) {
        int x = geometry.left() + (point.x() * geometry.contentWidth()) / geometry.width();
        int y = geometry.top() + (point.y() * geometry.contentHeight()) / geometry.height();
        return y / encoder.locationStride() * grid() + x / encoder.locationStride();
    }

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

    private static List<Place> places(float[][] vectors, List<Integer> cells) {
        return cells.stream().map(cell -> new Place(cell, vectors[cell])).toList();
    }
}
