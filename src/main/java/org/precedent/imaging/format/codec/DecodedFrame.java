package org.precedent.imaging.format.codec;

/**
 * The samples of one frame. The array is handed over.
 *
 * @param components of a pixel: 1 or 3
 * @param precision bits that the codestream says a sample has
 * @param samples [height, width, components]; signed where the codestream is
 */
public record DecodedFrame(int width, int height, int components, int precision, int[] samples) {}
