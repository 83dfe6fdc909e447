package org.precedent.imaging.format.codec;

import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * What a file declares of its frames, which a codestream must agree with.
 *
 * @param components samples a pixel: 1 or 3
 */
public record FrameShape(int width, int height, int components) {
    void check(long codedWidth, long codedHeight, int codedComponents) throws CodecException {
        if (codedWidth != width || codedHeight != height || codedComponents != components) {
            throw new CodecException(
                    Fault.DAMAGED,
                    "its codestream is of %d x %d x %d samples, the file says %d x %d x %d"
                            .formatted(
                                    codedWidth,
                                    codedHeight,
                                    codedComponents,
                                    width,
                                    height,
                                    components));
        }
    }
}
