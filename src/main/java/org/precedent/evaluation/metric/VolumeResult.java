package org.precedent.evaluation.metric;

import java.util.List;

/**
 * What was measured for one label of whole volumes.
 *
 * @param slices the slices that have the label, each as a query of its own
 * @param volumes one entry a volume, in the order they were run; at least one
 */
public record VolumeResult(LabelResult slices, List<VolumeScore> volumes) {

    /**
     * One volume's numbers.
     *
     * @param id of the volume
     * @param patient of the volume
     * @param dice hard Dice of all its voxels together, slices without the label included
     * @param sliceCount slices that were answered; those that were given are not
     * @param drifted answers that did not pass the reverse check, where slices were given
     * @param seconds of all of them
     */
    public record VolumeScore(
            String id, String patient, double dice, int sliceCount, int drifted, double seconds) {}

    public VolumeResult {
        volumes = List.copyOf(volumes);
        if (volumes.isEmpty()) {
            throw new IllegalArgumentException("no volumes of " + slices.label());
        }
    }

    /** The mean of the volumes' Dice. */
    public double mean() {
        return volumes.stream().mapToDouble(VolumeScore::dice).average().orElseThrow();
    }

    /** The standard deviation over volumes (n - 1); 0 for one. */
    public double deviation() {
        return Estimate.deviation(volumes.stream().mapToDouble(VolumeScore::dice).toArray());
    }

    /** The mean with its interval over patients. */
    public Estimate estimate(long seed) {
        return Estimate.of(
                volumes.stream()
                        .map(one -> new Estimate.Observation(one.patient(), one.dice()))
                        .toList(),
                seed);
    }

    public double secondsPerVolume() {
        return volumes.stream().mapToDouble(VolumeScore::seconds).average().orElseThrow();
    }
}
