package org.precedent.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.tensor.TensorException.Code;

class NativeLibraryTest {
    @TempDir private Path root;

    private final Map<String, String> settings = new HashMap<>();

    /** An existing libtorch of the bridge's version. */
    @BeforeEach
    void install() throws IOException {
        Path folder = Files.createDirectories(root.resolve("lib"));
        Files.createFile(folder.resolve("libtorch.so"));
        settings.put("PYTORCH_LIBRARY_PATH", folder.toString());
        settings.put("PYTORCH_VERSION", NativeLibrary.bridgeVersion());
        settings.put("PYTORCH_FLAVOR", "cu128");
    }

    private void assertRefused(String... texts) {
        assertThatThrownBy(() -> NativeLibrary.require(settings::get))
                .isInstanceOfSatisfying(
                        TensorException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.LIBTORCH_REFUSED))
                .hasMessageContainingAll(texts);
    }

    @Test
    void theBridgesVersionIsThatOfTheBuild() {
        assertThat(NativeLibrary.bridgeVersion()).matches("\\d+\\.\\d+\\.\\d+");
    }

    @Test
    void acceptsNoneOfTheThreeAndAllOfThem() {
        assertThatCode(() -> NativeLibrary.require(name -> null)).doesNotThrowAnyException();
        assertThatCode(() -> NativeLibrary.require(settings::get)).doesNotThrowAnyException();
        settings.put("PYTORCH_FLAVOR", "cpu");
        settings.put("PYTORCH_VERSION", NativeLibrary.bridgeVersion() + "+cpu");
        assertThatCode(() -> NativeLibrary.require(settings::get)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"PYTORCH_LIBRARY_PATH", "PYTORCH_VERSION", "PYTORCH_FLAVOR"})
    void namesTheOneThatIsMissing(String name) {
        settings.remove(name);

        assertRefused(name + " is not set", "PYTORCH_VERSION", "PYTORCH_FLAVOR");
    }

    @Test
    void namesWhatIsWrong() {
        settings.put("PYTORCH_LIBRARY_PATH", root.toString());
        assertRefused("PYTORCH_LIBRARY_PATH is " + root, "libtorch.so");
        settings.put("PYTORCH_LIBRARY_PATH", root.resolve("lib").toString());
        settings.put("PYTORCH_FLAVOR", "cu117");
        assertRefused("PYTORCH_FLAVOR is cu117", "cpu and cu128");
        settings.put("PYTORCH_FLAVOR", "../../etc");
        assertRefused("PYTORCH_FLAVOR is ../../etc");
    }

    @Test
    void refusesAnotherVersionUnlessForced() {
        settings.put("PYTORCH_VERSION", "2.13.0");
        assertRefused("PYTORCH_VERSION is 2.13.0", NativeLibrary.bridgeVersion(), "FORCE=true");

        settings.put(NativeLibrary.FORCE, "true");
        assertThatCode(() -> NativeLibrary.require(settings::get)).doesNotThrowAnyException();
    }

    @Test
    void doesNotBelieveAVersionThatTheLibraryContradicts() throws IOException {
        Files.writeString(root.resolve("version.py"), "__version__ = '2.13.0+cu130'\n");
        assertRefused("libtorch 2.13.0", NativeLibrary.bridgeVersion());
        Files.writeString(
                root.resolve("build-version"), NativeLibrary.bridgeVersion() + "+cu128\n");
        assertThatCode(() -> NativeLibrary.require(settings::get)).doesNotThrowAnyException();
    }
}
