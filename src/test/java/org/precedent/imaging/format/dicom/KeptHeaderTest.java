package org.precedent.imaging.format.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;

/** Only what is on the list is kept of a header. */
class KeptHeaderTest {
    private static final byte[] KEY = "a key of the site".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "another site's key".getBytes(StandardCharsets.UTF_8);

    private static DicomFile walk(DicomBytes file) {
        NativeDecoder none = new NativeDecoder(() -> List.of(), Duration.ofSeconds(1));
        return new DicomReader(new FrameDecoder(none))
                .walk(new Reading("a.dcm", file.file(), Limits.DEFAULT));
    }

    private static DicomBytes image() {
        return DicomBytes.image(DicomBytes.EXPLICIT, 1, 2, 16, 12, true)
                .place(1, 2, 3, 0.5, 0.25)
                .text(0x00080020, "DA", "19700101")
                .text(0x00080080, "LO", "General Hospital")
                .text(0x00180015, "CS", "LIVER")
                .text(0x00200052, "UI", "1.2.3.99")
                .text(0x00200060, "CS", "DOE")
                .text(0x00204000, "LT", "Jane is well")
                .pixels(16, 1, 2);
    }

    @Test
    void namesDatesAndIdsAreNotAmongIt() {
        KeptHeader kept = KeptHeader.of(walk(image()), KEY);
        assertThat(kept.fields())
                .containsEntry("Modality", "CT")
                .containsEntry("Body Part Examined", "LIVER")
                .containsEntry("Bits Stored", "12")
                .containsEntry("Pixel Spacing", "0.5\\0.25")
                .doesNotContainKey("Laterality");
        assertThat(kept.toString())
                .doesNotContain("Doe", "DOE", "Jane", "4711", "1970", "Hospital", "1.2.3.99")
                .doesNotContain("1.2.3.4");
    }

    @Test
    void aPseudonymIsTheSameOnlyUnderTheSameKeyAndId() {
        String one = KeptHeader.pseudonym(walk(image()), KEY).orElseThrow();
        assertThat(one).startsWith("2.25.").doesNotContain("4711");
        assertThat(KeptHeader.pseudonym(walk(image()), KEY)).hasValue(one);
        assertThat(KeptHeader.pseudonym(walk(image()), OTHER).orElseThrow()).isNotEqualTo(one);
        DicomBytes another = image().text(0x00100020, "LO", "ID-4712");
        assertThat(KeptHeader.pseudonym(walk(another), KEY).orElseThrow()).isNotEqualTo(one);
    }

    @Test
    void pixelsThatMayShowANameAreRefused() {
        assertThatCode(() -> KeptHeader.checkPixels(walk(image()))).doesNotThrowAnyException();
        for (DicomBytes doubtful :
                List.of(
                        image().text(0x00280301, "CS", "YES"),
                        image().text(0x00080060, "CS", "US"),
                        image().text(0x00080008, "CS", "DERIVED\\SECONDARY\\SCREEN SAVE"))) {
            assertThatThrownBy(() -> KeptHeader.checkPixels(walk(doubtful)))
                    .hasMessageContaining("burnt into its pixels");
        }
        DicomBytes clean = image().text(0x00080060, "CS", "US").text(0x00280301, "CS", "NO");
        assertThatCode(() -> KeptHeader.checkPixels(walk(clean))).doesNotThrowAnyException();
    }
}
