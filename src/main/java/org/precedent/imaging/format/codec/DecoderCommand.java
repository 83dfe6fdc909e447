package org.precedent.imaging.format.codec;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The command line of the process that decodes: this installation's Java with nothing on its class
 * path but the decoder and its libraries, wherever a launcher put them.
 */
final class DecoderCommand {
    private static final String MAIN = "org/precedent/imaging/format/codec/ffmpeg/DecoderProcess";
    private static final List<String> LIBRARIES =
            List.of(
                    MAIN + ".class",
                    "org/bytedeco/javacpp/Loader.class",
                    "org/bytedeco/ffmpeg/global/avcodec.class",
                    "org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so",
                    "org/bytedeco/ffmpeg/linux-x86_64/libjniavcodec.so");

    private DecoderCommand() {}

    static List<String> of() throws IOException {
        Set<Path> classPath = new LinkedHashSet<>();
        for (String resource : LIBRARIES) {
            classPath.add(holder(resource));
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Xss1m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ReservedCodeCacheSize=32m",
                "-XX:CompressedClassSpaceSize=32m",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.awt.headless=true",
                "-Dorg.bytedeco.javacpp.cachedir=" + cache(),
                "-cp",
                classPath.stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator)),
                MAIN.replace('/', '.'));
    }

    /** Where the native library is unpacked, once: the user's own cache. */
    private static Path cache() throws IOException {
        String home = System.getenv("XDG_CACHE_HOME");
        Path parent =
                home != null && !home.isBlank()
                        ? Path.of(home)
                        : Path.of(System.getProperty("user.home"), ".cache");
        Path cache = parent.resolve("precedent").resolve("codecs");
        try {
            return Files.createDirectories(cache);
        } catch (IOException e) {
            // No home to write to: one a process, in a folder that nobody else can have made.
            return privateCache();
        }
    }

    private static @Nullable Path temporary;

    private static synchronized Path privateCache() throws IOException {
        Path made = temporary;
        if (made == null) {
            made = Files.createTempDirectory("precedent-codecs");
            temporary = made;
        }
        return made;
    }

    /** The folder or jar that a class or library is in. */
    private static Path holder(String resource) throws IOException {
        URL url = DecoderCommand.class.getClassLoader().getResource(resource);
        if (url == null) {
            throw new IOException("this installation has no " + resource);
        }
        try {
            if (url.openConnection() instanceof JarURLConnection jar) {
                return Path.of(jar.getJarFileURL().toURI());
            }
            String text = url.toString();
            if (text.startsWith("jar:")) {
                return Path.of(new URI(text.substring(4, text.indexOf("!/"))));
            }
            Path file = Path.of(url.toURI());
            Path root = file;
            for (int i = 0; i < resource.split("/").length; i++) {
                Path parent = root.getParent();
                if (parent == null) {
                    throw new IOException("no folder holds " + url);
                }
                root = parent;
            }
            return root;
        } catch (URISyntaxException e) {
            throw new IOException("no file behind " + url, e);
        }
    }
}
