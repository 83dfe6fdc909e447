package org.precedent.evaluation;

import org.precedent.network.LocationEncoder;
import org.precedent.network.SupportEncoding;
import org.precedent.network.TaskEncoder;
import org.precedent.segmentation.MeanMaskNetwork;

/** What gives the places and objects of {@link Discs} their vectors. */
final class DiscEncoders {
    private DiscEncoders() {}

    /** Every cell's mean brightness beside its place; queries and keys alike. */
    static final class Brightness implements LocationEncoder {
        @Override
        public String name() {
            return "brightness";
        }

        @Override
        public String weightsSha256() {
            return "0".repeat(64);
        }

        @Override
        public int locationDimension() {
            return 65;
        }

        @Override
        public int locationStride() {
            return 8;
        }

        @Override
        public float[][] keyVectors(float[] image, int height, int width) {
            float[][] vectors = new float[64][65];
            for (int cell = 0; cell < 64; cell++) {
                float sum = 0;
                for (int i = 0; i < 64; i++) {
                    sum += image[(cell / 8 * 8 + i / 8) * width + cell % 8 * 8 + i % 8] / 64;
                }
                vectors[cell][cell] = sum;
                vectors[cell][64] = 1;
            }
            return vectors;
        }

        @Override
        public float[][] queryVectors(float[] image, int height, int width) {
            return keyVectors(image, height, width);
        }
    }

    /** The object's centre on a circle, so that near centres have a large cosine. */
    static final class Centre extends MeanMaskNetwork implements TaskEncoder {
        @Override
        public int taskDimension() {
            return 2;
        }

        @Override
        public float[] taskVector(SupportEncoding encoding) {
            float[] label = encoding.tensors().get("label").values();
            double sum = 0;
            double area = 0;
            for (int i = 0; i < label.length; i++) {
                sum += label[i] * (i % encoding.width());
                area += label[i];
            }
            double angle = sum / area / encoding.width();
            return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
        }
    }
}
