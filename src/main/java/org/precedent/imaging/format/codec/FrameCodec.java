package org.precedent.imaging.format.codec;

/** The ways in which a frame can be compressed, as far as a file names them. */
public enum FrameCodec {
    /** Eight bits, with loss: baseline, or extended. */
    JPEG,
    /** Any precision up to 16 bits, without loss. */
    JPEG_LOSSLESS,
    JPEG_LS,
    /** With or without high-throughput block coding. */
    JPEG_2000
}
