package org.precedent.imaging.format.dicom;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.dicom.Element.Fragment;

/**
 * Which fragments of encapsulated pixels make up which frame: by a table of offsets, one each, all
 * of them for the only frame, or up to where a fragment ends with the codec's end marker. Where
 * none of these fits, the file is refused.
 */
final class Frames {
    private final Reading reading;
    private final Element pixels;
    private final List<Fragment> fragments;
    private final int count;

    private Frames(Reading reading, Element pixels, int count) {
        this.reading = reading;
        this.pixels = pixels;
        this.fragments = pixels.fragments().subList(1, pixels.fragments().size());
        this.count = count;
    }

    /**
     * The fragments of every frame.
     *
     * @param count of frames that the file declares
     * @param marked whether a frame's end is marked by FFD9, as by all codecs but RLE
     */
    static List<List<Fragment>> of(
            Reading reading, DataSet set, Element pixels, int count, boolean marked) {
        return new Frames(reading, pixels, count).split(set, marked);
    }

    private List<List<Fragment>> split(DataSet set, boolean marked) {
        if (fragments.size() < count) {
            throw wrong("fewer fragments than frames");
        }
        if (count == 1) {
            long begun = marked ? fragments.stream().filter(this::beginsFrame).count() : 0;
            if (begun > 1 || !marked && fragments.size() > 1) {
                throw wrong(
                        marked
                                ? begun + " of them begin a frame"
                                : "a frame of run lengths is one fragment");
            }
            return List.of(fragments);
        }
        Element extended = set.get(Tag.EXTENDED_OFFSET_TABLE);
        if (extended != null && extended.length() > 0) {
            return byOffsets(longs(extended));
        }
        Fragment table = pixels.fragments().get(0);
        if (fragments.size() == count) {
            return fragments.stream().map(List::of).toList();
        }
        if (table.length() > 0) {
            return byOffsets(ints(table));
        }
        return marked ? byMarkers() : byOffsets(new long[0]);
    }

    private long[] longs(Element element) {
        ByteBuffer in = element.bytes();
        long[] offsets = new long[element.length() / 8];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = in.getLong(8 * i);
        }
        return offsets;
    }

    private long[] ints(Fragment table) {
        ByteBuffer in =
                ByteBuffer.wrap(pixels.source(), table.offset(), table.length())
                        .slice()
                        .order(pixels.order());
        long[] offsets = new long[table.length() / 4];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = in.getInt(4 * i) & 0xffff_ffffL;
        }
        return offsets;
    }

    /** Offsets count from the item of the first fragment. */
    private List<List<Fragment>> byOffsets(long[] offsets) {
        if (offsets.length != count || offsets[0] != 0) {
            throw wrong("a table of " + offsets.length + " offsets");
        }
        long base = fragments.get(0).offset() - 8L;
        List<List<Fragment>> frames = new ArrayList<>();
        int next = 0;
        for (int frame = 0; frame < count; frame++) {
            List<Fragment> own = new ArrayList<>();
            long end = frame + 1 < count ? offsets[frame + 1] : Long.MAX_VALUE;
            if (next >= fragments.size()
                    || fragments.get(next).offset() - 8L - base != offsets[frame]) {
                throw wrong("offsets that meet no fragment");
            }
            while (next < fragments.size() && fragments.get(next).offset() - 8L - base < end) {
                own.add(fragments.get(next++));
            }
            frames.add(own);
        }
        return frames;
    }

    private List<List<Fragment>> byMarkers() {
        List<List<Fragment>> frames = new ArrayList<>();
        List<Fragment> own = new ArrayList<>();
        for (Fragment fragment : fragments) {
            own.add(fragment);
            if (endsFrame(fragment)) {
                frames.add(own);
                own = new ArrayList<>();
            }
        }
        if (!own.isEmpty() || frames.size() != count) {
            throw wrong("no table and " + frames.size() + " end markers");
        }
        return frames;
    }

    /** With the first marker of JPEG and JPEG-LS, or those of JPEG 2000. */
    private boolean beginsFrame(Fragment fragment) {
        byte[] bytes = pixels.source();
        int at = fragment.offset();
        if (fragment.length() < 4 || bytes[at] != (byte) 0xff) {
            return false;
        }
        boolean jpeg = bytes[at + 1] == (byte) 0xd8 && bytes[at + 2] == (byte) 0xff;
        boolean jpeg2000 =
                bytes[at + 1] == 0x4f && bytes[at + 2] == (byte) 0xff && bytes[at + 3] == 0x51;
        return jpeg || jpeg2000;
    }

    private boolean endsFrame(Fragment fragment) {
        byte[] bytes = pixels.source();
        int end = fragment.offset() + fragment.length();
        while (end > fragment.offset() && bytes[end - 1] == 0) {
            end--;
        }
        return end - fragment.offset() >= 2
                && bytes[end - 2] == (byte) 0xff
                && bytes[end - 1] == (byte) 0xd9;
    }

    /** The bytes of one frame. */
    static byte[] join(Element pixels, List<Fragment> fragments) {
        int length = fragments.stream().mapToInt(Fragment::length).sum();
        byte[] joined = new byte[length];
        int at = 0;
        for (Fragment fragment : fragments) {
            System.arraycopy(pixels.source(), fragment.offset(), joined, at, fragment.length());
            at += fragment.length();
        }
        return joined;
    }

    private ImagingException wrong(String how) {
        return reading.refuse(
                Code.UNREADABLE,
                "has "
                        + fragments.size()
                        + " fragments for "
                        + count
                        + " frames, and "
                        + how
                        + ": which belong to which frame cannot be told",
                Tag.NUMBER_OF_FRAMES.toString(),
                count,
                fragments.size());
    }
}
