package org.precedent.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which libtorch is loaded: that of the Maven jar on the class path, or an existing one, which
 * {@code PYTORCH_LIBRARY_PATH} (the folder of {@code libtorch.so}), {@code PYTORCH_VERSION} and
 * {@code PYTORCH_FLAVOR} name together. Checked before it is loaded, because afterwards the process
 * may end without a word: DJL's bridge is compiled against one version, and of another one simple
 * operations may run while others crash.
 */
final class NativeLibrary {
    private static final String PATH = "PYTORCH_LIBRARY_PATH";
    private static final String VERSION = "PYTORCH_VERSION";
    private static final String FLAVOR = "PYTORCH_FLAVOR";

    /** Set to true, another version is loaded all the same. */
    static final String FORCE = "PRECEDENT_LIBTORCH_FORCE";

    private static final Pattern NUMBER = Pattern.compile("\\d+\\.\\d+\\.\\d+");

    private NativeLibrary() {}

    /** As DJL reads its own: the environment, then system properties. */
    static @Nullable String setting(String name) {
        String variable = System.getenv(name);
        return variable != null ? variable : System.getProperty(name);
    }

    /**
     * Checks what the environment asks for.
     *
     * @param setting an environment variable or system property by name, null where it is not set
     * @throws TensorException when some of the three are missing, there is no libtorch at the path,
     *     or it is of a version or flavour that the bridge does not know
     */
    static void require(UnaryOperator<@Nullable String> setting) {
        List<String> missing = new ArrayList<>();
        for (String name : List.of(PATH, VERSION, FLAVOR)) {
            if (blank(setting.apply(name))) {
                missing.add(name);
            }
        }
        if (missing.size() == 3) {
            return;
        }
        if (!missing.isEmpty()) {
            throw TensorException.libtorchRefused(
                    String.join(", ", missing),
                    "not set",
                    "an existing libtorch is named by all of " + List.of(PATH, VERSION, FLAVOR));
        }
        String path = String.valueOf(setting.apply(PATH));
        Path library = Path.of(path).resolve("libtorch.so");
        if (!Files.exists(library)) {
            throw TensorException.libtorchRefused(PATH, path, "there is no libtorch.so in it");
        }
        String flavor = String.valueOf(setting.apply(FLAVOR));
        if (!flavor.matches("[a-z0-9-]+")
                || loader().getResource("jnilib/linux-x86_64/" + flavor + "/libdjl_torch.so")
                        == null) {
            throw TensorException.libtorchRefused(
                    FLAVOR, flavor, "this build knows the flavours cpu and cu128");
        }
        if (!Boolean.parseBoolean(setting.apply(FORCE))) {
            requireVersion(Path.of(path), String.valueOf(setting.apply(VERSION)));
        }
    }

    private static void requireVersion(Path folder, String stated) {
        String expected = bridgeVersion();
        String limit =
                "the bridge to libtorch is compiled for "
                        + expected
                        + "; install that version, or set "
                        + FORCE
                        + "=true at the risk that the process crashes";
        if (!expected.equals(number(stated))) {
            throw TensorException.libtorchRefused(VERSION, stated, limit);
        }
        String found = versionOf(folder);
        if (found != null && !expected.equals(number(found))) {
            throw TensorException.libtorchRefused(
                    PATH, folder + " (libtorch " + found + ")", limit);
        }
    }

    /** The libtorch version that DJL's native code on the class path is compiled against. */
    static String bridgeVersion() {
        try (InputStream in = loader().getResourceAsStream("jnilib/pytorch.properties")) {
            if (in == null) {
                throw new IllegalStateException("pytorch-jni is not on the class path");
            }
            Properties properties = new Properties();
            properties.load(in);
            return number(properties.getProperty("jni_version", ""));
        } catch (IOException e) {
            throw new IllegalStateException("pytorch-jni cannot be read", e);
        }
    }

    private static ClassLoader loader() {
        return NativeLibrary.class.getClassLoader();
    }

    /** What the distribution says of itself: of a zip, or of a Python wheel. Null: nothing. */
    private static @Nullable String versionOf(Path folder) {
        Path root = folder.toAbsolutePath().normalize().getParent();
        for (String file : List.of("build-version", "version.py")) {
            Path path = root == null ? folder : root.resolve(file);
            try {
                if (Files.isRegularFile(path) && Files.size(path) < 10_000) {
                    Matcher version = NUMBER.matcher(Files.readString(path));
                    if (version.find()) {
                        return version.group();
                    }
                }
            } catch (IOException e) {
                return null;
            }
        }
        return null;
    }

    private static String number(String version) {
        Matcher number = NUMBER.matcher(version);
        return number.lookingAt() ? number.group() : version;
    }

    private static boolean blank(@Nullable String value) {
        return value == null || value.isBlank();
    }
}
