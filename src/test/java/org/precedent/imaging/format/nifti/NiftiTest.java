package org.precedent.imaging.format.nifti;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/** NIfTI in both versions and byte orders, read, refused and written again to the bit. */
class NiftiTest {
    private static NiftiImage read(byte[] file) {
        return NiftiReader.read(new Reading("a.nii", file, Limits.VOLUMES), null);
    }

    /** A file by the tables of the two versions, 5 x 4 x 3 of a type. */
    private static byte[] file(boolean two, ByteOrder order, int type, int bits, byte[] voxels) {
        int size = two ? 540 : 348;
        ByteBuffer out = ByteBuffer.allocate(size + 4 + voxels.length).order(order);
        out.putInt(0, size);
        int[] dim = {3, 5, 4, 3, 1, 1, 1, 1};
        double[] pixdim = {1, 2, 3, 4, 0, 0, 0, 0};
        double[] srow = {-2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30};
        for (int i = 0; i < 8; i++) {
            if (two) {
                out.putLong(16 + 8 * i, dim[i]).putDouble(104 + 8 * i, pixdim[i]);
            } else {
                out.putShort(40 + 2 * i, (short) dim[i]).putFloat(76 + 4 * i, (float) pixdim[i]);
            }
        }
        for (int i = 0; i < 12; i++) {
            if (two) {
                out.putDouble(400 + 8 * i, srow[i]);
            } else {
                out.putFloat(280 + 4 * i, (float) srow[i]);
            }
        }
        if (two) {
            out.put(4, "n+2\0\r\n\032\n".getBytes(StandardCharsets.ISO_8859_1));
            out.putShort(12, (short) type).putShort(14, (short) bits);
            out.putLong(168, 544).putDouble(176, 2).putDouble(184, -7).putInt(348, 1);
            out.putInt(500, 2);
        } else {
            out.put(344, "n+1\0".getBytes(StandardCharsets.ISO_8859_1));
            out.putShort(70, (short) type).putShort(72, (short) bits);
            out.putFloat(108, 352).putFloat(112, 2).putFloat(116, -7).putShort(254, (short) 1);
            out.put(123, (byte) 2);
            out.put(148, "Doe^Jane 1970".getBytes(StandardCharsets.ISO_8859_1));
        }
        out.put(size + 4, voxels);
        return out.array();
    }

    private static byte[] shorts(ByteOrder order) {
        ByteBuffer out = ByteBuffer.allocate(120).order(order);
        for (int i = 0; i < 60; i++) {
            out.putShort((short) (i * 300 - 9000));
        }
        return out.array();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothVersionsAndOrdersAreReadAndWrittenToTheBit(boolean two) {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            byte[] file = file(two, order, 4, 16, shorts(order));
            NiftiImage image = read(file);
            ScannedVolume volume = image.volume(0);
            assertThat(volume.value(1, 0, 0, 0)).hasValue(2 * -8700 - 7);
            assertThat(volume.value(0, 1, 0, 0)).hasValue(2 * (5 * 300 - 9000) - 7);
            assertThat(volume.grid().spacingMm()).containsExactly(2, 3, 4);
            // RAS -2, 3, 4 is LPS 2, -3, 4: the first axis leads to the left.
            assertThat(volume.grid().axisCodes()).isEqualTo("LAS");
            assertThat(volume.grid().affine().orElseThrow().apply(1, 1, 1))
                    .containsExactly(-8, -23, 34);
            byte[] again = NiftiWriter.image(image);
            if (!two) {
                Arrays.fill(file, 148, 228, (byte) 0); // texts are not kept
            }
            assertThat(again).isEqualTo(file);
            assertThat(read(NiftiWriter.gzip(file)).samples().block())
                    .isEqualTo(image.samples().block());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMaskLiesOnTheGridOfItsImageToTheBit(boolean two) {
        byte[] source = file(two, ByteOrder.BIG_ENDIAN, 4, 16, shorts(ByteOrder.BIG_ENDIAN));
        NiftiImage image = read(source);
        byte[] labels = new byte[60];
        labels[59] = 2;
        byte[] mask = NiftiWriter.mask(image.header(), new StoredSamples(SampleType.UINT8, labels));
        NiftiImage back = read(mask);
        assertThat(back.samples().block()).isEqualTo(labels);
        assertThat(back.header().rescale()).isEqualTo(Rescale.NONE);
        assertThat(back.grid()).isEqualTo(image.grid());
        int from = two ? 344 : 252;
        int to = two ? 496 : 328;
        assertThat(Arrays.copyOfRange(mask, from, to))
                .isEqualTo(Arrays.copyOfRange(source, from, to));
        assertThat(new String(mask, StandardCharsets.ISO_8859_1)).doesNotContain("Doe");
    }

    @Test
    void aGridOfAnotherFormatComesBackByBothForms() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            double[] a = random.doubles(4, -1, 1).toArray();
            double n = Math.sqrt(Arrays.stream(a).map(v -> v * v).sum());
            double w = a[0] / n;
            double x = a[1] / n;
            double y = a[2] / n;
            double z = a[3] / n;
            int mirror = random.nextBoolean() ? 1 : -1;
            double[] i = {1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)};
            double[] j = {2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)};
            double[] k = {
                mirror * 2 * (x * z + w * y),
                mirror * 2 * (y * z - w * x),
                mirror * (1 - 2 * (x * x + y * y))
            };
            for (int row = 0; row < 3; row++) {
                i[row] *= 0.7;
                j[row] *= 0.9;
                k[row] *= 2.5;
            }
            Affine lps = Affine.ofColumns(i, j, k, new double[] {-12.5, 80, 3});
            Grid grid = Grid.of(new int[] {23, 38, 3}, lps);
            byte[] file =
                    NiftiWriter.volume(
                            grid,
                            new StoredSamples(SampleType.UINT8, new byte[23 * 38 * 3]),
                            Rescale.NONE,
                            true);
            Affine sform = read(file).grid().affine().orElseThrow();
            assertThat(sform.distance(lps)).as("round " + round).isLessThan(1e-4);
            assertThat(read(file).notes()).as("both forms agree").isEmpty();
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putShort(254, (short) 0);
            Affine qform = read(file).grid().affine().orElseThrow();
            assertThat(qform.distance(lps)).as("round " + round).isLessThan(1e-4);
        }
    }

    @Test
    void withoutFormsTheOrientationIsUnknown() {
        byte[] file = file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, shorts(ByteOrder.LITTLE_ENDIAN));
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putShort(254, (short) 0);
        NiftiImage image = read(file);
        assertThat(image.grid().affine()).isEmpty();
        assertThat(image.grid().spacingMm()).containsExactly(2, 3, 4);
        assertThat(image.notes()).anyMatch(note -> note.contains("orientation is unknown"));
    }

    @Test
    void onlyQfacMirrorsAndAStepThatNobodySetIsOne() {
        byte[] file = file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, shorts(ByteOrder.LITTLE_ENDIAN));
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(252, (short) 1).putShort(254, (short) 0); // a qform of no turn alone
        Affine plain = read(file).grid().affine().orElseThrow();
        header.putFloat(80, -2);
        assertThat(read(file).grid().affine().orElseThrow().distance(plain)).isZero();
        header.putFloat(80, 2).putFloat(88, 0);
        assertThat(read(file).grid().affine().orElseThrow().spacing()).containsExactly(2, 3, 1);
        header.putFloat(88, 4).putFloat(76, -1);
        assertThat(read(file).grid().affine().orElseThrow().determinant())
                .isEqualTo(-plain.determinant());
    }

    @Test
    void aSlopeThatIsNoneMeansNoRescale() {
        for (float slope : new float[] {0, Float.NaN, Float.POSITIVE_INFINITY}) {
            byte[] file =
                    file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, shorts(ByteOrder.LITTLE_ENDIAN));
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putFloat(112, slope);
            assertThat(read(file).volume(0).value(0, 0, 0, 0)).hasValue(-9000);
        }
    }

    @Test
    void unitsBecomeMillimetres() {
        byte[] file = file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, shorts(ByteOrder.LITTLE_ENDIAN));
        file[123] = 3;
        assertThat(read(file).grid().spacingMm()[1]).isCloseTo(0.003, within(1e-9));
    }

    @Test
    void severalGzipMembersAreOneFile() {
        byte[] file = file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, shorts(ByteOrder.LITTLE_ENDIAN));
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        members.writeBytes(NiftiWriter.gzip(Arrays.copyOf(file, 200)));
        members.writeBytes(NiftiWriter.gzip(Arrays.copyOfRange(file, 200, file.length)));
        assertThat(NiftiReader.matches(members.toByteArray())).isTrue();
        assertThat(read(members.toByteArray()).samples().count()).isEqualTo(60);
    }

    @Test
    void whatIsNotReadIsRefusedByItsField() {
        ByteOrder order = ByteOrder.LITTLE_ENDIAN;
        byte[] sound = file(false, order, 4, 16, shorts(order));
        refused(Arrays.copyOf(sound, sound.length - 1), Code.TRUNCATED, "119 bytes", "120");
        refused(
                NiftiWriter.gzip(Arrays.copyOf(sound, sound.length - 1)),
                Code.TRUNCATED,
                "119 bytes",
                "120");
        refused(set(sound, 70, 32), Code.UNSUPPORTED_CONTENT, "data type 32", "complex");
        refused(set(sound, 40, 9), Code.UNREADABLE, "9 dimensions");
        refused(set(sound, 42, 0), Code.UNREADABLE, "size 0 along dimension 1");
        refused(set(set(sound, 42, 30_000), 44, 30_000), Code.TOO_MANY_PIXELS, "900000000");
        byte[] pair = sound.clone();
        pair[345] = 'i';
        pair[344] = 'n';
        pair[346] = '1';
        refused(pair, Code.UNSUPPORTED_CONTENT, "pair");
        byte[] analyze = sound.clone();
        Arrays.fill(analyze, 344, 348, (byte) 0);
        refused(analyze, Code.UNSUPPORTED_TYPE, "ANALYZE");
    }

    @Test
    void aBombIsUnpackedNoFurtherThanItsHeaderSays() {
        byte[] voxels = new byte[120 + (64 << 20)];
        byte[] file = NiftiWriter.gzip(file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, voxels));
        assertThat(read(file).samples().block()).hasSize(120);
        byte[] larger =
                NiftiWriter.gzip(
                        file(false, ByteOrder.LITTLE_ENDIAN, 4, 16, new byte[121 + (64 << 20)]));
        refused(larger, Code.UNREADABLE, "67108864 bytes behind");
    }

    /** The voxels of a damaged file may look like any others: only the checksum tells. */
    @Test
    void whatItsChecksumDoesNotFitIsRefused() {
        byte[] file =
                NiftiWriter.gzip(
                        file(
                                false,
                                ByteOrder.LITTLE_ENDIAN,
                                4,
                                16,
                                shorts(ByteOrder.LITTLE_ENDIAN)));
        for (int behind = 1; behind <= 8; behind++) {
            byte[] changed = file.clone();
            changed[file.length - behind] ^= 1;
            refused(changed, Code.UNREADABLE, "another checksum or length");
        }
        for (int cut = 1; cut <= 8; cut++) {
            refused(Arrays.copyOf(file, file.length - cut), Code.TRUNCATED, "lacks the checksum");
        }
        byte[] padded = Arrays.copyOf(file, file.length + 512);
        assertThat(read(padded).samples().count()).as("zeros of a tape").isEqualTo(60);
    }

    private static byte[] set(byte[] file, int at, int value) {
        byte[] changed = file.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putShort(at, (short) value);
        return changed;
    }

    private static void refused(byte[] file, Code code, String... words) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> {
                            assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
                            assertThat(e.getMessage()).startsWith("a.nii: ").contains(words);
                        });
    }
}
