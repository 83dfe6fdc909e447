package org.precedent.embedding;

import org.precedent.Sha256;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.network.LocationEncoder;
import org.precedent.network.Model;

/**
 * What lies where in an image, as the attention mapper sees it: the key vectors of its coarse grid
 * (cross-attention paper, eq. 2), averaged over {@value #CELLS} x {@value #CELLS} parts of the
 * square that the image is fitted to, one part after the other, scaled to length 1. The inner
 * product of two vectors compares part by part, so it rewards the same tissue at the same place.
 *
 * <p>It takes one pass of the mapper. The location level compares the single cells of the same
 * grid, and needs points to ask with.
 */
final class MapperEmbedder implements ImageEmbedder {
    private static final int CELLS = 4;

    /** Any change of what {@link #embed} computes must change this, and makes a new space. */
    private static final String VERSION = "keys mean4x4 length";

    private final LocationEncoder encoder;
    private final Model model;
    private final EmbeddingSpace space;

    /**
     * @param name in the space
     * @param model closed with this; its sides are those that it was trained at
     */
    <M extends Model & LocationEncoder> MapperEmbedder(String name, M model) {
        this.encoder = model;
        this.model = model;
        String hash = Sha256.of(model.weightsSha256() + " " + VERSION);
        this.space =
                new EmbeddingSpace(
                        name,
                        hash.substring(0, 16),
                        Level.IMAGE,
                        CELLS * CELLS * encoder.locationDimension());
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public float[] embed(Raster image) {
        int side = model.nativeSize();
        float[][] keys =
                encoder.keyVectors(NetworkInput.of(image, side).plane().values(), side, side);
        int grid = side / encoder.locationStride();
        int d = encoder.locationDimension();
        float[] parts = new float[space.dimension()];
        for (int part = 0; part < CELLS * CELLS; part++) {
            int top = part / CELLS * grid / CELLS;
            int bottom = Math.ceilDiv((part / CELLS + 1) * grid, CELLS);
            int left = part % CELLS * grid / CELLS;
            int right = Math.ceilDiv((part % CELLS + 1) * grid, CELLS);
            for (int i = 0; i < d; i++) {
                double sum = 0;
                for (int y = top; y < bottom; y++) {
                    for (int x = left; x < right; x++) {
                        sum += keys[y * grid + x][i];
                    }
                }
                parts[part * d + i] = (float) (sum / ((bottom - top) * (right - left)));
            }
        }
        return Direction.of(parts, encoder.name());
    }

    @Override
    public void close() {
        model.close();
    }
}
