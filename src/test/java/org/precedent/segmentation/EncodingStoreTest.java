package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.blob.FolderFiles;
import org.precedent.imaging.InputRange;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;

class EncodingStoreTest {
    private static final UUID IMAGE = UUID.fromString("c0ffee00-0000-3000-8000-000000000001");
    private static final UUID OTHER = UUID.fromString("0ff1ce00-0000-3000-8000-000000000002");
    private static final int SIDE = 16;

    @TempDir private Path home;

    private final EncodingNetwork network = new EncodingNetwork("first");

    private EncodingStore store() {
        return new EncodingStore(new FolderFiles(home), network, SIDE, InputRange.CURRENT);
    }

    private static SupportEncoding encoding(EncodingNetwork network, int side, float value) {
        float[] image = new float[side * side];
        float[] mask = new float[side * side];
        image[0] = value;
        mask[1] = 1;
        return network.encode(new SupportImage(side, side, image, List.of(mask))).getFirst();
    }

    @Test
    void givesBackTheSameBits() {
        SupportEncoding encoding = encoding(network, SIDE, .1f);
        store().put(IMAGE, 7, encoding);

        SupportEncoding found = store().find(IMAGE, 7).orElseThrow();

        assertThat(found.bytes()).isEqualTo(encoding.bytes());
        assertThat(found.imageSha256()).isEqualTo(encoding.imageSha256());
        assertThat(found.tensors().keySet()).containsExactly("features", "label", "weights");
        assertThat(store().find(IMAGE, 8)).isEmpty();
        assertThat(store().find(OTHER, 7)).isEmpty();
        assertThat(home.resolve(store().name() + "/c0/" + IMAGE + "/7.safetensors")).exists();
    }

    @Test
    void keepsOtherWeightsSidesAndRangesApart() {
        store().put(IMAGE, 7, encoding(network, SIDE, .1f));
        EncodingNetwork retrained = new EncodingNetwork("second");

        assertThat(
                        new EncodingStore(
                                        new FolderFiles(home), retrained, SIDE, InputRange.CURRENT)
                                .find(IMAGE, 7))
                .isEmpty();
        assertThat(
                        new EncodingStore(new FolderFiles(home), network, 32, InputRange.CURRENT)
                                .find(IMAGE, 7))
                .isEmpty();
        EncodingStore before =
                new EncodingStore(new FolderFiles(home), network, SIDE, InputRange.MIN_MAX);
        assertThat(before.find(IMAGE, 7)).isEmpty();
        assertThat(before.name()).as("the folder from before there were ranges").endsWith("-16");
        assertThat(store().name()).isEqualTo(before.name() + "-percentile-0.5-inside");
        // A file that lies in the wrong folder is none of ours either.
        store().put(IMAGE, 8, encoding(retrained, SIDE, .1f));
        store().put(IMAGE, 9, encoding(network, 32, .1f));
        assertThat(store().find(IMAGE, 8)).isEmpty();
        assertThat(store().find(IMAGE, 9)).isEmpty();
    }

    @Test
    void takesWhatIsDamagedForAbsent() throws IOException {
        store().put(IMAGE, 7, encoding(network, SIDE, .1f));
        Path file = home.resolve(store().name() + "/c0/" + IMAGE + "/7.safetensors");
        byte[] whole = Files.readAllBytes(file);
        for (int at : new int[] {9, whole.length / 2, whole.length - 1}) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 16;
            Files.write(file, damaged);
            assertThat(store().find(IMAGE, 7)).as("byte %d flipped", at).isEmpty();
        }
        Files.write(file, new byte[0]);
        assertThat(store().find(IMAGE, 7)).isEmpty();
        Files.write(file, whole);
        assertThat(store().find(IMAGE, 7)).isPresent();
    }

    @Test
    void knowsWhatItHoldsAndForgets() throws IOException {
        EncodingStore store = store();
        store.put(IMAGE, 7, encoding(network, SIDE, .1f));
        store.put(IMAGE, 8, encoding(network, SIDE, .1f));
        store.put(OTHER, 3, encoding(network, SIDE, .2f));
        store.reached(12);
        assertThat(store.images()).containsExactlyInAnyOrder(IMAGE, OTHER);
        assertThat(store.annotations(IMAGE)).containsExactly(7L, 8L);
        assertThat(store().sequence()).isEqualTo(12);

        store.remove(IMAGE, 7);
        assertThat(store.annotations(IMAGE)).containsExactly(8L);
        store.remove(IMAGE, 8);
        store.remove(IMAGE, 8);
        assertThat(store.images()).containsExactly(OTHER);

        Files.writeString(
                home.resolve(store.name() + "/0f/" + OTHER + "/4.safetensors.partial"), "cut off");
        store.clear();
        assertThat(store.images()).isEmpty();
        assertThat(store.sequence()).isZero();
        try (Stream<Path> files = Files.walk(home)) {
            assertThat(files.filter(Files::isRegularFile).map(Path::getFileName))
                    .containsExactly(Path.of("sequence"));
        }
    }

    @Test
    void whatLiesAroundAMaskIsKeptAsLongAsTheAnnotation() throws IOException {
        EncodingStore store = store();
        SupportEncoding near = encoding(network, SIDE, .3f);
        store.putNear(IMAGE, 7, near);
        assertThat(store.findNear(IMAGE, 7)).as("of an annotation that is not here").isEmpty();
        store.put(IMAGE, 7, encoding(network, SIDE, .1f));
        store.put(IMAGE, 8, encoding(network, SIDE, .1f));
        store.putNear(IMAGE, 7, near);
        assertThat(store().findNear(IMAGE, 7).orElseThrow().bytes()).isEqualTo(near.bytes());
        assertThat(store().find(IMAGE, 7).orElseThrow().bytes()).isNotEqualTo(near.bytes());
        assertThat(store.annotations(IMAGE)).containsExactly(7L, 8L);

        store.remove(IMAGE, 7);
        assertThat(store.findNear(IMAGE, 7)).isEmpty();
        store.putNear(IMAGE, 8, near);
        store.clear();
        store.put(IMAGE, 8, encoding(network, SIDE, .1f));
        store.putNear(IMAGE, 8, near);
        EncodingStore.erase(new FolderFiles(home), List.of(IMAGE));
        try (Stream<Path> files = Files.walk(home)) {
            assertThat(files.filter(Files::isRegularFile).map(Path::getFileName))
                    .containsExactly(Path.of("sequence"));
        }
    }

    @Test
    void isWrittenByOneAtATime() {
        try (EncodingStore first = store();
                EncodingStore second = store()) {
            assertThat(first.lock()).isTrue();
            assertThat(first.lock()).isTrue();
            assertThat(second.lock()).isFalse();
            first.close();
            assertThat(second.lock()).isTrue();
        }
    }
}
