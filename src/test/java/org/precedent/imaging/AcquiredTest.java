package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Acquired.Padding;
import org.precedent.imaging.Acquired.Type;

class AcquiredTest {
    private static byte[] floats(float... values) {
        ByteBuffer block = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            block.putFloat(value);
        }
        return block.array();
    }

    private static byte[] shorts(int... values) {
        ByteBuffer block = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            block.putShort((short) value);
        }
        return block.array();
    }

    @Test
    void samplesOfAnyTypeComeBackToTheBit() {
        byte[] block = new byte[6 * 8];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) (37 * i + 10);
        }
        for (Type type : Type.values()) {
            byte[] samples = Arrays.copyOf(block, 6 * type.bytes());
            Raster slice =
                    Raster.of(3, 2, new Acquired(type, samples, 0.1, -1024, -3.5, 1e7, null));
            Raster again = Raster.fromNetpbm(slice.toNetpbm());
            assertThat(again.acquired()).isNotNull();
            assertThat(again.acquired().block()).isEqualTo(samples);
            assertThat(again.acquired().slope()).isEqualTo(0.1);
            assertThat(again.acquired().low()).isEqualTo(-3.5);
            assertThat(again.samples()).isEqualTo(slice.samples());
            assertThat(again.toNetpbm()).isEqualTo(slice.toNetpbm());
            assertThat(slice.canonical()).isSameAs(slice);
        }
    }

    @Test
    void thePictureIsCutToTheRange() {
        Acquired hounsfield =
                new Acquired(
                        Type.INT16,
                        shorts(-2000, 0, 524, 1274, 2024, 3000),
                        1,
                        -1024,
                        -500,
                        1000,
                        new Padding(-2000, -2000));
        assertThat(Raster.of(6, 1, hounsfield).samples())
                .containsExactly(0, 0, 0, (short) 32768, (short) 65535, (short) 65535);
    }

    @Test
    void smallValuesAreBrightWhereTheRangeIsTurned() {
        Acquired turned =
                new Acquired(Type.FLOAT32, floats(0, 0.5f, 1, Float.NaN), 1, 0, 1, 0, null);
        assertThat(Raster.of(4, 1, turned).samples())
                .containsExactly((short) 65535, (short) 32768, (short) 0, (short) 0);
    }

    @Test
    void paddingIsBlackEvenWhereSmallValuesAreBright() {
        Acquired turned =
                new Acquired(Type.INT16, shorts(-5, 0, 100), 1, 0, 100, 0, new Padding(-5, -5));
        assertThat(Raster.of(3, 1, turned).samples())
                .containsExactly((short) 0, (short) 65535, (short) 0);
    }

    @Test
    void bytesThatAreCutAreRefused() {
        Raster slice = Raster.of(3, 1, new Acquired(Type.INT16, shorts(1, 2, 3), 1, 0, 0, 3, null));
        byte[] bytes = slice.toNetpbm();
        assertThatThrownBy(() -> Raster.fromNetpbm(Arrays.copyOf(bytes, bytes.length - 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 x 1 holds 5 bytes");
    }

    @Test
    void meaningIsPartOfWhatASliceIs() {
        byte[] samples = shorts(1, 2, 3);
        Raster one = Raster.of(3, 1, new Acquired(Type.INT16, samples, 1, 0, 0, 3, null));
        Raster other = Raster.of(3, 1, new Acquired(Type.INT16, samples, 1, 0, 0, 4, null));
        assertThat(one.toNetpbm()).isNotEqualTo(other.toNetpbm());
    }
}
