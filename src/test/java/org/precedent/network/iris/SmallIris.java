package org.precedent.network.iris;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.precedent.weights.SafetensorsFile;

/**
 * An Iris of a few thousand parameters that nobody trained, for tests that need vectors of objects
 * but not good ones: every annotation costs a pass.
 */
public final class SmallIris {
    private SmallIris() {}

    /** Writes its weights, the same every time. */
    public static void write(Path file) throws IOException {
        IrisSize size = new IrisSize(2, List.of(4, 8, 8, 16), 3);
        SafetensorsFile.write(file, IrisCases.goldenTensors(size));
    }

    /** Writes those of one of three dimensions. */
    public static void writeOfVolumes(Path file) throws IOException {
        SafetensorsFile.write(file, IrisCases.goldenTensors(IrisCases.SMALL_3D));
    }
}
