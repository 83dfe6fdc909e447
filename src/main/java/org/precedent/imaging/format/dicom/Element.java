package org.precedent.imaging.format.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One element that was kept: where its value lies in the file. Values are read when they are asked
 * for.
 *
 * @param source the bytes that were walked
 * @param items data sets of a sequence
 * @param fragments of encapsulated pixels, the offset table first; else empty
 */
record Element(
        Tag tag,
        String representation,
        byte[] source,
        int offset,
        int length,
        ByteOrder order,
        List<DataSet> items,
        List<Fragment> fragments) {

    /** A run of bytes of the file. */
    record Fragment(int offset, int length) {}

    Element {
        items = List.copyOf(items);
        fragments = List.copyOf(fragments);
    }

    /** Its value as it lies in the file. */
    ByteBuffer bytes() {
        return ByteBuffer.wrap(source, offset, length).slice().order(order);
    }

    /** Its value as texts, without the padding around each. */
    String[] texts() {
        String text = new String(source, offset, length, StandardCharsets.ISO_8859_1);
        String[] texts = text.split("\\\\", -1);
        for (int i = 0; i < texts.length; i++) {
            texts[i] = texts[i].replace('\0', ' ').trim();
        }
        return texts;
    }

    /** Its value as one text for people, without the padding around it. */
    String text(Charset charset) {
        return new String(source, offset, length, charset).replace('\0', ' ').trim();
    }

    /** Unsigned or signed 16-bit numbers. */
    int[] shorts(boolean signed) {
        ByteBuffer bytes = bytes();
        int[] numbers = new int[length / 2];
        for (int i = 0; i < numbers.length; i++) {
            short number = bytes.getShort(2 * i);
            numbers[i] = signed ? number : number & 0xffff;
        }
        return numbers;
    }

    boolean isEncapsulated() {
        return !fragments.isEmpty();
    }
}
