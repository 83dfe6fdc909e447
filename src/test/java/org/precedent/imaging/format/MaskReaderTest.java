package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

class MaskReaderTest {
    private static final int SIZE = 96;
    private static final Raster IMAGE = new Raster(SIZE, SIZE, 1, 8, new short[SIZE * SIZE]);
    private static final Mask BLOBS = MaskFiles.blobs(SIZE, SIZE, 3);

    /** Next to the object, three pixels wide: what annotators leave undecided. */
    private static final Mask RIM = rim();

    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
    private final MaskReader strict = new MaskReader(MaskReader.Strays.REFUSE);
    private final MaskReader lenient = new MaskReader(MaskReader.Strays.IGNORE);

    // ---- two values

    @Test
    void takes255Or1AsInside() {
        assertThat(inside(strict, row(0, 255, 255, 0))).containsExactly(false, true, true, false);
        assertThat(inside(strict, row(0, 1, 0, 0))).containsExactly(false, true, false, false);
        assertThat(inside(strict, row(255, 255, 255, 255))).containsOnly(true);
        Raster wide = new Raster(4, 1, 1, 16, new short[] {0, -1, 0, -1});
        assertThat(inside(strict, wide)).containsExactly(false, true, false, true);
        Raster narrow = new Raster(4, 1, 1, 16, new short[] {0, 255, 0, 0});
        assertThat(inside(strict, narrow)).containsExactly(false, true, false, false);
        Raster rgb = new Raster(4, 1, 3, 8, new short[] {0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0});
        assertThat(inside(strict, rgb)).containsExactly(false, true, false, false);
        MaskReading reading = read(strict, file(row(0, 255, 0, 0)));
        assertThat(reading.object()).isEqualTo("255");
        assertThat(reading.inexact()).isZero();
        assertThat(reading.unknown()).isEmpty();
    }

    @Test
    void refusesValuesThatMeanNothingAndListsThem() {
        Raster many = row(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        assertThatThrownBy(() -> read(strict, file(many)))
                .hasMessageStartingWith("m.png: ")
                .hasMessageContaining("2 (1 pixels), 3 (1 pixels)")
                .hasMessageContaining("11 (1 pixels) and 2 more")
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.MASK_VALUE));
        refused(strict, row(0, 128, 128, 0), "128 (2 pixels)");
        refused(strict, row(0, 3, 0, 0), "3 (1 pixels)");
        refused(lenient, row(0, 128, 128, 0), "128 (2 pixels)");
    }

    @Test
    void refusesAnEmptyMaskAndOneOfAnotherSize() {
        code(() -> read(strict, file(row(0, 0, 0, 0))), Code.MASK_EMPTY);
        MaskReader ignoring = ignoring("255");
        assertThatThrownBy(() -> read(ignoring, file(row(0, 255, 0, 0))))
                .hasMessageContaining("no pixel is 255 beside ignored 255");
        code(() -> read(ignoring, file(row(255, 255, 255, 255))), Code.MASK_EMPTY);
        code(() -> strict.mask(file(row(0, 1, 0, 0)), "liver", IMAGE), Code.MASK_SIZE);
    }

    // ---- colours

    @Test
    void readsAPaletteByItsColoursWhateverItsIndices() {
        int[][] palettes = {
            {0xff0000, 0x000000}, // the object at index 0
            {0xffffff, 0x000000},
            {0x000000, 0x800000},
            {0x40e0d0, 0x300010},
            {0xa0a0a0, 0x5a5a5a}, // two greys that somebody chose
            {0x808080, 0x000000},
            {0x010101, 0x000000},
        };
        for (String format : List.of("png", "tiff", "bmp")) {
            for (int[] colours : palettes) {
                boolean objectFirst = light(colours[0]) > light(colours[1]);
                byte[] bytes =
                        MaskFiles.palette(
                                format,
                                SIZE,
                                SIZE,
                                i -> BLOBS.inside()[i] == objectFirst ? 0 : 1,
                                colours);
                String what = format + " " + Integer.toHexString(colours[0]);
                MaskReading reading = read(strict, decoder.decodeLabels(bytes, "m." + format));
                assertThat(reading.masks().get("liver").inside())
                        .as(what)
                        .isEqualTo(BLOBS.inside());
            }
        }
    }

    @Test
    void aPaletteThatIsAGreyRampIsAGreyImage() {
        int[] ramp = new int[256];
        for (int i = 0; i < 256; i++) {
            ramp[i] = 0x010101 * i;
        }
        for (String format : List.of("png", "tiff", "bmp")) {
            String name = "m." + format;
            MaskFile exact =
                    decoder.decodeLabels(
                            MaskFiles.palette(
                                    format, SIZE, SIZE, i -> BLOBS.inside()[i] ? 255 : 0, ramp),
                            name);
            assertThat(inside(strict, exact)).isEqualTo(BLOBS.inside());
            MaskFile half =
                    decoder.decodeLabels(
                            MaskFiles.palette(
                                    format, SIZE, SIZE, i -> BLOBS.inside()[i] ? 128 : 0, ramp),
                            name);
            assertThatThrownBy(() -> read(strict, half))
                    .hasMessageContaining("128 (" + BLOBS.area() + " pixels)");
        }
    }

    @Test
    void readsTwoColoursOfAnRgbFileWithTheDarkerAsBackground() {
        for (String format : List.of("png", "tiff", "bmp")) {
            MaskFile red =
                    decoder.decodeLabels(
                            MaskFiles.rgb(
                                    format, SIZE, SIZE, i -> BLOBS.inside()[i] ? 0xff0000 : 0),
                            "m." + format);
            MaskReading reading = read(strict, red);
            assertThat(reading.masks().get("liver").inside()).isEqualTo(BLOBS.inside());
            assertThat(reading.object()).isEqualTo("#FF0000");
        }
        MaskFile onBlue = colours(i -> BLOBS.inside()[i] ? 0xffff00 : 0x000080);
        assertThat(inside(strict, onBlue)).isEqualTo(BLOBS.inside());
        MaskFile deep =
                new MaskFile(
                        "m.png",
                        new Raster(2, 1, 3, 16, new short[] {0, 0, 0, -1, 0, 0}),
                        false,
                        false);
        assertThat(read(strict, deep).object()).isEqualTo("#FF0000");
        MaskFile odd =
                new MaskFile(
                        "m.png",
                        new Raster(2, 1, 3, 16, new short[] {0, 0, 0, 1, 0, 0}),
                        false,
                        false);
        assertThatThrownBy(() -> read(strict, odd)).hasMessageContaining("8 bits a channel");
    }

    @Test
    void refusesColoursThatLeaveOpenWhichIsTheObject() {
        MaskFile one = colours(i -> 0x020000);
        assertThatThrownBy(() -> read(strict, one))
                .hasMessageContaining("one colour only, #020000 (" + SIZE * SIZE + " pixels)");
        MaskFile three =
                colours(i -> RIM.inside()[i] ? 0xe0e0c0 : BLOBS.inside()[i] ? 0x800000 : 0);
        assertThatThrownBy(() -> read(strict, three))
                .hasMessageContaining("3 colours: #000000 (")
                .hasMessageContaining("#800000 (" + BLOBS.area() + " pixels)")
                .hasMessageContaining("#E0E0C0 (" + RIM.area() + " pixels)")
                .hasMessageContaining("NAME=#RRGGBB");
        code(() -> read(lenient, three), Code.MASK_VALUE);
        MaskReading reading = read(ignoring("#e0e0c0"), three);
        assertThat(reading.masks().get("liver").inside()).isEqualTo(BLOBS.inside());
        assertThat(reading.unknown()).isEqualTo(Map.of("#E0E0C0", RIM.area()));
        MaskFile picture = colours(i -> 0x010203 * (i % 200) + i);
        assertThatThrownBy(() -> read(strict, picture)).hasMessageContaining(" more; expected");
    }

    @Test
    void refusesColoursOfEqualLightness() {
        int[] equal = equalLuma();
        MaskFile file = colours(i -> BLOBS.inside()[i] ? equal[0] : equal[1]);
        assertThatThrownBy(() -> read(strict, file)).hasMessageContaining("equal lightness");
    }

    @Test
    void aMeaningThatIsOnlyInAlphaIsRefusedAndAnOpaqueOneIsRead() {
        byte[] alpha = MaskFiles.argb(SIZE, SIZE, i -> BLOBS.inside()[i] ? 0xff000000 : 0);
        assertThatThrownBy(() -> decoder.decodeLabels(alpha, "m.png"))
                .hasMessageContaining("m.png: has transparent pixels")
                .hasMessageContaining("never by its alpha");
        byte[] opaque =
                MaskFiles.argb(SIZE, SIZE, i -> BLOBS.inside()[i] ? 0xff00ff00 : 0xff000000);
        assertThat(inside(strict, decoder.decodeLabels(opaque, "m.png"))).isEqualTo(BLOBS.inside());
    }

    @Test
    void aTiffWhoseZeroIsWhiteIsReadAsItLooks() {
        for (int bits : new int[] {1, 8, 16}) {
            for (int photometric : new int[] {0, 1}) {
                byte[] bytes = MaskFiles.tiff(BLOBS, bits, photometric);
                assertThat(inside(strict, decoder.decodeLabels(bytes, "m.tif")))
                        .as(bits + " bits, photometric " + photometric)
                        .isEqualTo(BLOBS.inside());
            }
        }
    }

    // ---- soft edges and noise

    @Test
    void cutsSoftEdgesAtTheHalfAndSaysHowManyPixelsWereBetween() {
        Raster soft = MaskFiles.blurred(BLOBS.toRaster(), 1.2);
        MaskReading reading = read(strict, file(soft));
        Mask mask = reading.masks().get("liver");
        int between = 0;
        int inexact = 0;
        for (int i = 0; i < SIZE * SIZE; i++) {
            int value = soft.samples()[i] & 0xff;
            assertThat(mask.inside()[i]).isEqualTo(value >= 128);
            between += value >= 64 && value <= 191 ? 1 : 0;
            inexact += value > 0 && value < 255 ? 1 : 0;
        }
        assertThat(MaskFiles.dice(mask, BLOBS)).isGreaterThan(.98);
        assertThat(between).isPositive();
        assertThat(reading.between()).isEqualTo(between);
        assertThat(reading.inexact()).isEqualTo(inexact);
        assertThat(reading.object()).isEqualTo(">= 128");
        // The advice of before, to ignore what is unknown, changes nothing.
        assertThat(inside(lenient, soft)).isEqualTo(mask.inside());
    }

    @Test
    void cutsSoftEdgesOf16BitsToo() {
        short[] wide = new short[SIZE * SIZE];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = (short) (BLOBS.inside()[i] ? 65535 : 0);
        }
        Raster soft = MaskFiles.blurred(new Raster(SIZE, SIZE, 1, 16, wide), 1.2);
        MaskReading reading = read(strict, file(soft));
        assertThat(MaskFiles.dice(reading.masks().get("liver"), BLOBS)).isGreaterThan(.98);
        assertThat(reading.object()).isEqualTo(">= 32768");
    }

    @Test
    void cutsTheNoiseOfJpegAtTheHalf() {
        for (float quality : new float[] {.3f, .5f, .75f, .9f, .95f, 1}) {
            byte[] bytes = MaskFiles.jpeg(BLOBS.toRaster(), quality);
            MaskReading reading = read(strict, decoder.decodeLabels(bytes, "m.jpg"));
            assertThat(MaskFiles.dice(reading.masks().get("liver"), BLOBS))
                    .as("quality " + quality)
                    .isGreaterThan(.99);
        }
        assertThat(inside(strict, row(0, 255, 254, 1))).containsExactly(false, true, true, false);
        assertThat(inside(strict, row(10, 245, 245, 10))).containsExactly(false, true, true, false);
    }

    @Test
    void refusesMoreThanATwentiethBetweenWithFigureAndLimit() {
        Raster smeared = MaskFiles.blurred(BLOBS.toRaster(), 6);
        for (MaskReader reader : List.of(strict, lenient)) {
            assertThatThrownBy(() -> read(reader, file(smeared)))
                    .hasMessageContaining("lie between background and object")
                    .isInstanceOfSatisfying(
                            ImagingException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(Code.MASK_VALUE);
                                assertThat(e.fields())
                                        .containsEntry("field", "between")
                                        .containsEntry("limit", "5%");
                                assertThat(e.fields().get("value").toString())
                                        .matches("[0-9.]+% \\([0-9]+ of 9216 pixels\\)");
                            });
        }
    }

    // ---- unknown values

    @Test
    void neverTakesAVoidRimForTheObject() {
        Raster ones =
                MaskFiles.grey(SIZE, SIZE, i -> RIM.inside()[i] ? 255 : BLOBS.inside()[i] ? 1 : 0);
        Raster labels =
                MaskFiles.grey(
                        SIZE, SIZE, i -> RIM.inside()[i] ? 255 : BLOBS.inside()[i] ? 1 + i % 2 : 0);
        Raster filled = MaskFiles.grey(SIZE, SIZE, i -> RIM.inside()[i] ? 255 : 1);
        Raster high =
                MaskFiles.grey(
                        SIZE, SIZE, i -> RIM.inside()[i] ? 255 : BLOBS.inside()[i] ? 254 : 0);
        for (MaskReader reader : List.of(strict, lenient)) {
            refused(reader, ones, "1 (" + BLOBS.area() + " pixels), 255 (" + RIM.area());
            refused(reader, labels, "255 (" + RIM.area());
            refused(reader, filled, "255 (" + RIM.area());
            refused(reader, high, "254 (" + BLOBS.area() + " pixels), 255 (" + RIM.area());
        }
        MaskReading reading = read(ignoring("255"), file(ones));
        assertThat(reading.masks().get("liver").inside()).isEqualTo(BLOBS.inside());
        assertThat(reading.unknown()).isEqualTo(Map.of("255", RIM.area()));
        assertThat(inside(ignoring("1"), ones)).isEqualTo(RIM.inside());
    }

    @Test
    void aFurtherLabelIsNoSoftEdgeHoweverSmall() {
        Raster second =
                MaskFiles.grey(
                        SIZE,
                        SIZE,
                        i -> BLOBS.inside()[i] ? 255 : i % SIZE < 4 && i / SIZE < 4 ? 128 : 0);
        refused(strict, second, "128 (16 pixels), 255 (" + BLOBS.area());
        assertThat(inside(ignoring("128"), second)).isEqualTo(BLOBS.inside());
        Raster soft = MaskFiles.blurred(BLOBS.toRaster(), 1.2);
        Raster with =
                MaskFiles.grey(
                        SIZE,
                        SIZE,
                        i -> i % SIZE < 4 && i / SIZE < 4 ? 50 : soft.samples()[i] & 0xff);
        refused(strict, with, "value 50 fills an area of its own");
        MaskReading reading = read(ignoring("50"), file(with));
        assertThat(MaskFiles.dice(reading.masks().get("liver"), BLOBS)).isGreaterThan(.98);
        assertThat(reading.unknown().get("50")).isGreaterThanOrEqualTo(16);
    }

    // ---- label maps

    @Test
    void splitsALabelMapIntoTheLabelsThatOccur() {
        Map<String, MaskValue> values = values("nucleus=255", "cytoplasm=128", "platelet=7");
        MaskReading reading = labels(strict, file(row(0, 128, 255, 255)), values);
        assertThat(reading.masks().keySet()).containsExactly("nucleus", "cytoplasm");
        assertThat(reading.masks().get("nucleus").area()).isEqualTo(2);
        MaskFile stray = file(row(0, 128, 3, 255));
        assertThatThrownBy(() -> labels(strict, stray, values))
                .hasMessageContaining("values without a label: 3 (1 pixels)")
                .hasMessageContaining("255 as nucleus");
        MaskReading passed = labels(lenient, stray, values);
        assertThat(passed.masks()).hasSize(2);
        assertThat(passed.unknown()).isEqualTo(Map.of("3", 1));
        assertThat(labels(ignoring("3"), stray, values).unknown()).isEqualTo(Map.of("3", 1));
        assertThat(labels(strict, file(row(0, 0, 0, 0)), values).masks()).isEmpty();
    }

    @Test
    void splitsAColouredLabelMapByColour() {
        Map<String, MaskValue> values = values("liver=#800000", "rim=#008000", "lung=#0000FF");
        for (String format : List.of("png", "tiff", "bmp")) {
            byte[] palette =
                    MaskFiles.palette(
                            format,
                            SIZE,
                            SIZE,
                            i -> RIM.inside()[i] ? 0 : BLOBS.inside()[i] ? 2 : 1,
                            0x008000,
                            0x000000,
                            0x800000);
            byte[] rgb =
                    MaskFiles.rgb(
                            format,
                            SIZE,
                            SIZE,
                            i -> RIM.inside()[i] ? 0x008000 : BLOBS.inside()[i] ? 0x800000 : 0);
            for (byte[] bytes : List.of(palette, rgb)) {
                MaskFile file = decoder.decodeLabels(bytes, "m." + format);
                Map<String, Mask> masks = labels(strict, file, values).masks();
                assertThat(masks.keySet()).containsExactly("liver", "rim");
                assertThat(masks.get("liver").inside()).isEqualTo(BLOBS.inside());
                assertThat(masks.get("rim").inside()).isEqualTo(RIM.inside());
                // Indices mean nothing, and an undeclared colour is no background.
                assertThatThrownBy(() -> labels(strict, file, values("liver=2", "rim=1")))
                        .hasMessageContaining("#800000 (" + BLOBS.area() + " pixels)");
                assertThatThrownBy(() -> labels(strict, file, values("liver=#800000")))
                        .hasMessageContaining("label: #008000 (" + RIM.area() + " pixels)");
                MaskReading ignored = labels(ignoring("#008000"), file, values("liver=#800000"));
                assertThat(ignored.masks().get("liver").inside()).isEqualTo(BLOBS.inside());
                assertThat(ignored.unknown()).isEqualTo(Map.of("#008000", RIM.area()));
            }
        }
    }

    @Test
    void aGreyValueAndItsColourAreOne() {
        MaskFile grey = file(row(0, 128, 255, 0));
        MaskFile rgb = new MaskFile("m.png", rgb(row(0, 128, 255, 0)), false, false);
        for (MaskFile file : List.of(grey, rgb)) {
            for (String half : List.of("128", "#808080")) {
                Map<String, Mask> masks =
                        labels(strict, file, values("a=" + half, "b=#FFFFFF")).masks();
                assertThat(masks.get("a").inside()).containsExactly(false, true, false, false);
                assertThat(masks.get("b").inside()).containsExactly(false, false, true, false);
            }
        }
        MaskFile coloured = colours(i -> RIM.inside()[i] ? 0x808080 : BLOBS.inside()[i] ? 0xff : 0);
        assertThat(labels(strict, coloured, values("a=128", "b=#0000ff")).masks().get("a").area())
                .isEqualTo(RIM.area());
        MaskFile deep = file(new Raster(3, 1, 1, 16, new short[] {0, (short) 0x8080, 300}));
        assertThat(labels(strict, deep, values("a=#808080", "b=300")).masks()).hasSize(2);
    }

    @Test
    void refusesAnAntiAliasedLabelMapWithItsValues() {
        Raster map =
                MaskFiles.grey(
                        SIZE, SIZE, i -> RIM.inside()[i] ? 128 : BLOBS.inside()[i] ? 255 : 0);
        Map<String, MaskValue> values = values("nucleus=255", "cytoplasm=128");
        assertThat(labels(strict, file(map), values).masks().get("nucleus").inside())
                .isEqualTo(BLOBS.inside());
        MaskFile soft = file(MaskFiles.blurred(map, .6));
        assertThatThrownBy(() -> labels(strict, soft, values))
                .hasMessageContaining("values without a label: 4 (37 pixels)")
                .hasMessageContaining(" and 19 more; expected 0 as background, 255 as nucleus");
        MaskFile lossy = decoder.decodeLabels(MaskFiles.jpeg(map, .9f), "m.jpg");
        code(() -> labels(strict, lossy, values), Code.MASK_VALUE);
        code(() -> labels(lenient, lossy, values), Code.MASK_VALUE);
        // A map that names one label only is no mask of two values as long as others are in it.
        code(() -> labels(strict, file(map), values("nucleus=255")), Code.MASK_VALUE);
        assertThat(
                        labels(lenient, file(map), values("nucleus=255"))
                                .masks()
                                .get("nucleus")
                                .inside())
                .isEqualTo(BLOBS.inside());
    }

    /** Noise makes a 1 of a 2 and of a 0, and all of them are values that mean something. */
    @Test
    void aJpegHasNoValuesThatLieCloseTogether() {
        Raster map =
                MaskFiles.grey(SIZE, SIZE, i -> RIM.inside()[i] ? 1 : BLOBS.inside()[i] ? 2 : 0);
        MaskFile jpeg = decoder.decodeLabels(MaskFiles.jpeg(map, .95f), "m.jpg");
        assertThatThrownBy(() -> labels(strict, jpeg, values("a=1", "b=2")))
                .hasMessageContaining("label map is a JPEG")
                .hasMessageContaining("save it as PNG");
        code(() -> labels(lenient, jpeg, values("a=1")), Code.MASK_VALUE);
        Raster ones = MaskFiles.grey(SIZE, SIZE, i -> BLOBS.inside()[i] ? 1 : 0);
        MaskFile mask = decoder.decodeLabels(MaskFiles.jpeg(ones, .95f), "m.jpg");
        code(() -> read(strict, mask), Code.MASK_VALUE);
        MaskFile whole = decoder.decodeLabels(MaskFiles.jpeg(BLOBS.toRaster(), 1f), "m.jpg");
        assertThat(MaskFiles.dice(labels(strict, whole, values("a=255")).masks().get("a"), BLOBS))
                .isGreaterThan(.98);
    }

    @Test
    void aLabelMapOfOneLabelMayHaveSoftEdges() {
        MaskReading reading =
                labels(
                        strict,
                        file(MaskFiles.blurred(BLOBS.toRaster(), 1.2)),
                        values("nucleus=255"));
        assertThat(MaskFiles.dice(reading.masks().get("nucleus"), BLOBS)).isGreaterThan(.98);
        assertThat(reading.between()).isPositive();
        code(
                () ->
                        labels(
                                strict,
                                file(MaskFiles.blurred(BLOBS.toRaster(), 1.2)),
                                values("nucleus=254")),
                Code.MASK_VALUE);
    }

    @Test
    void readsValuesAsTheyAreWritten() {
        assertThat(MaskValue.parse("128")).isEqualTo(MaskValue.ofGrey(128));
        assertThat(MaskValue.parse("#80ff00")).isEqualTo(MaskValue.ofColour(0x80ff00));
        assertThat(MaskValue.parse("#80ff00").toString()).isEqualTo("#80FF00");
        assertThat(MaskValue.parse("7").meansTheSameAs(MaskValue.parse("#070707"))).isTrue();
        assertThat(MaskValue.parse("300").meansTheSameAs(MaskValue.parse("#2C2C2C"))).isFalse();
        for (String no : List.of("", "0", "-1", "65536", "1.5", "#000000", "#12345", "red")) {
            assertThatThrownBy(() -> MaskValue.parse(no)).as(no).hasMessageContaining("#RRGGBB");
        }
    }

    // ----

    private static MaskReader ignoring(String... values) {
        return new MaskReader(
                MaskReader.Strays.REFUSE, List.of(values).stream().map(MaskValue::parse).toList());
    }

    private static Map<String, MaskValue> values(String... labels) {
        Map<String, MaskValue> values = new LinkedHashMap<>();
        for (String label : labels) {
            String[] parts = label.split("=", 2);
            values.put(parts[0], MaskValue.parse(parts[1]));
        }
        return values;
    }

    private static MaskFile file(Raster raster) {
        return new MaskFile("m.png", raster, false, false);
    }

    private MaskFile colours(IntUnaryOperator colour) {
        return decoder.decodeLabels(MaskFiles.rgb("png", SIZE, SIZE, colour), "m.png");
    }

    private static MaskReading read(MaskReader reader, MaskFile file) {
        return reader.mask(file, "liver", file.raster());
    }

    private static MaskReading labels(
            MaskReader reader, MaskFile file, Map<String, MaskValue> values) {
        return reader.labels(file, file.raster(), values);
    }

    private static boolean[] inside(MaskReader reader, Raster raster) {
        return inside(reader, file(raster));
    }

    private static boolean[] inside(MaskReader reader, MaskFile file) {
        return read(reader, file).masks().get("liver").inside();
    }

    private static void refused(MaskReader reader, Raster raster, String words) {
        assertThatThrownBy(() -> read(reader, file(raster)))
                .hasMessageContaining(words)
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.MASK_VALUE));
    }

    private static void code(Runnable action, Code code) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        ImagingException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static int light(int rgb) {
        return 299 * (rgb >> 16) + 587 * (rgb >> 8 & 255) + 114 * (rgb & 255);
    }

    private static int[] equalLuma() {
        for (int red = 1; red < 256; red++) {
            for (int green = 1; green < 256; green++) {
                int rest = 299 * red - 587 * green;
                if (rest >= 0 && rest % 114 == 0 && rest / 114 < 256) {
                    return new int[] {red << 16, green << 8 | rest / 114};
                }
            }
        }
        throw new AssertionError("no two colours of equal luma");
    }

    private static Raster row(int... values) {
        return MaskFiles.grey(values.length, 1, i -> values[i]);
    }

    private static Raster rgb(Raster grey) {
        short[] samples = new short[3 * grey.samples().length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = grey.samples()[i / 3];
        }
        return new Raster(grey.width(), grey.height(), 3, 8, samples);
    }

    private static Mask rim() {
        boolean[] inside = new boolean[SIZE * SIZE];
        for (int i = 0; i < inside.length; i++) {
            for (int dy = -3; dy <= 3 && !BLOBS.inside()[i]; dy++) {
                for (int dx = -3; dx <= 3; dx++) {
                    int x = i % SIZE + dx;
                    int y = i / SIZE + dy;
                    inside[i] |= x >= 0 && y >= 0 && x < SIZE && y < SIZE && BLOBS.at(x, y);
                }
            }
        }
        return new Mask(SIZE, SIZE, inside);
    }
}
