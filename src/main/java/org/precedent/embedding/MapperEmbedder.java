package org.precedent.embedding;

import java.util.List;
import java.util.stream.IntStream;
import org.precedent.Sha256;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.network.LocationEncoder;
import org.precedent.network.Model;

/**
 * What lies where in an image, as the attention mapper sees it: the key vectors of its coarse grid
 * (cross-attention paper, eq. 2), averaged over {@value #PARTS} x {@value #PARTS} parts of the
 * square that the image is fitted to, one part after the other, scaled to length 1. The inner
 * product of two vectors compares part by part, so it rewards the same tissue at the same place.
 *
 * <p>It takes one pass of the mapper. The location level compares the single cells of the same
 * grid, and needs points to ask with.
 */
final class MapperEmbedder<M extends Model & LocationEncoder> implements ImageEmbedder {
    /** Of a row, and of a column, of the square. */
    private static final int PARTS = 4;

    /** Any change of what {@link #embed} computes must change this, and makes a new space. */
    private static final String VERSION = "keys mean4x4 length";

    private final M mapper;
    private final int grid;
    private final InputRange range;
    private final EmbeddingSpace space;

    /**
     * @param name in the space
     * @param mapper closed with this; its sides are those that it was trained at, and its grid has
     *     a multiple of {@value #PARTS} cells a side
     * @param range of grey values that images keep
     */
    MapperEmbedder(String name, M mapper, InputRange range) {
        this.mapper = mapper;
        this.range = range;
        this.grid = mapper.nativeSize() / mapper.locationStride();
        if (grid % PARTS != 0) {
            throw new IllegalArgumentException(grid + " cells a side make no " + PARTS + " parts");
        }
        String hash = Sha256.of(range.stamp(mapper.weightsSha256() + " " + VERSION));
        this.space =
                new EmbeddingSpace(
                        name,
                        hash.substring(0, 16),
                        Level.IMAGE,
                        PARTS * PARTS * mapper.locationDimension());
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public float[] embed(Raster image) {
        int side = mapper.nativeSize();
        float[][] keys =
                mapper.keyVectors(NetworkInput.of(image, side, range).plane().values(), side, side);
        int d = mapper.locationDimension();
        float[] vector = new float[space.dimension()];
        for (int part = 0; part < PARTS * PARTS; part++) {
            System.arraycopy(LocationEmbedder.mean(keys, cells(part)), 0, vector, part * d, d);
        }
        return Direction.of(vector, mapper.name());
    }

    private List<Integer> cells(int part) {
        int side = grid / PARTS;
        int first = (part / PARTS * grid + part % PARTS) * side;
        return IntStream.range(0, side * side)
                .map(i -> first + i / side * grid + i % side)
                .boxed()
                .toList();
    }

    @Override
    public void close() {
        mapper.close();
    }
}
