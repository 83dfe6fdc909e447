package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.precedent.imaging.format.ImageDecoder;

@Timeout(60)
class DecodingMemoryTest {
    private static final int SIDE = 1000;

    /** Between one and two pictures of a million pixels. */
    private final DecodingMemory memory = new DecodingMemory(18L << 20, Duration.ofMillis(200));

    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);

    /** A file of a few kilobytes. */
    private final byte[] flat = flat();

    private static byte[] flat() {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ImageIO.write(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY), "png", out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Raster decode() {
        return decoder.decode(flat, "flat.png");
    }

    @Test
    void aPictureIsWeighedByItsPixelsUntilTheWorkEnds() {
        assertThat(flat.length).isLessThan(100_000);
        memory.during(() -> {
            decode();
            assertThat(memory.taken()).isBetween(12_000_000L, 12_100_000L);
            return 0;
        });
        assertThat(memory.taken()).isZero();
    }

    @Test
    void whatFindsNoRoomIsRefusedWithoutBlameAndServedLater() throws Exception {
        CountDownLatch decoded = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        CompletableFuture<Integer> first =
                CompletableFuture.supplyAsync(() ->
                        memory.during(() -> {
                            Raster raster = decode();
                            decoded.countDown();
                            try {
                                mayEnd.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                            return raster.width();
                        }));
        assertThat(decoded.await(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> memory.during(this::decode))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).isEqualTo(ImagingException.Code.OUT_OF_MEMORY))
                .hasMessageContaining("nothing is wrong with it");
        mayEnd.countDown();
        assertThat(first.get()).isEqualTo(SIDE);
        assertThat(memory.during(this::decode).width()).isEqualTo(SIDE);
    }

    @Test
    void whatIsLargerThanAllOfItGoesAlone() {
        DecodingMemory small = new DecodingMemory(1 << 20, Duration.ofMillis(10));
        assertThat(small.during(() -> decode().width() + decode().width())).isEqualTo(2 * SIDE);
        assertThat(small.taken()).isZero();
    }

    @Test
    void whatFailsGivesBackWhatItTook() {
        assertThatThrownBy(() ->
                        memory.during(() -> {
                            decode();
                            throw new IllegalStateException("failed");
                        }))
                .hasMessage("failed");
        assertThat(memory.taken()).isZero();
    }

    @Test
    void whatNobodyWeighsTakesNothing() {
        decode();
        assertThat(memory.taken()).isZero();
    }
}
