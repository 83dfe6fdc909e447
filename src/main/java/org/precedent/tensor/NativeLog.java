package org.precedent.tensor;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * How much libtorch writes to standard error. Where a processor does not tell the sizes of its
 * caches, as behind some hypervisors, every small convolution warns anew that NNPACK, which is not
 * used, does not start: thousands of lines in which progress and errors drown. The C++ library
 * reads its level from a variable of its own that nothing but Python's module sets.
 */
final class NativeLog {
    private static final String LIBRARY = "libc10.so";
    private static final String LEVEL = "FLAGS_caffe2_log_level";

    /** As glog counts: 0 is information, 1 warnings, 2 errors. */
    private static final int ERRORS = 2;

    private NativeLog() {}

    /**
     * Leaves errors only. Where that is not possible, warnings are printed as before.
     *
     * @param folder of the libraries that are loaded
     */
    static void errorsOnly(Path folder) {
        try {
            // JNA unpacks its bridge, and removes it once it is loaded: from where only we write.
            Path unpacked = Files.createTempDirectory("precedent-jna");
            try {
                System.setProperty("jna.tmpdir", unpacked.toString());
                NativeLibrary.getInstance(folder.resolve(LIBRARY).toString())
                        .getGlobalVariableAddress(LEVEL)
                        .setInt(0, ERRORS);
            } finally {
                Files.deleteIfExists(unpacked);
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            Logger.getLogger(NativeLog.class.getName())
                    .log(Level.FINE, "libtorch's warnings are printed", e);
        }
    }
}
