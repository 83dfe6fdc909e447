package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.precedent.segmentation.CloseUpGate.Tried;

class CloseUpGateTest {
    /** Patients who gain by two looks, with a spread around it. */
    private static List<Tried> patients(int n, double gain, double spread) {
        return IntStream.range(0, n)
                .mapToObj(
                        i -> new Tried("p" + i, 0.5, 0.5 + gain + (i % 2 == 0 ? spread : -spread)))
                .toList();
    }

    @Test
    void opensWhereTheGainIsWorthItAndNotByChance() {
        CloseUpGate gate = CloseUpGate.of(patients(12, 0.02, 0.01));
        assertThat(gate.open()).isTrue();
        assertThat(gate.patients()).isEqualTo(12);
        assertThat(gate.once()).isCloseTo(0.5, within(1e-12));
        assertThat(gate.twice()).isCloseTo(0.52, within(1e-12));
        assertThat(CloseUpGate.of(patients(12, 0.004, 0)).open()).as("too little").isFalse();
        assertThat(CloseUpGate.of(patients(12, 0.02, 0.1)).open()).as("by chance").isFalse();
        assertThat(CloseUpGate.of(patients(12, -0.02, 0)).open()).as("a loss").isFalse();
        assertThat(CloseUpGate.of(patients(11, 0.02, 0)).open()).as("too few").isFalse();
        assertThat(CloseUpGate.of(List.of()).open()).as("nobody").isFalse();
    }

    @Test
    void countsPatientsAndNotTheirImages() {
        // One patient with many images that gain, and eleven who lose.
        List<Tried> tried =
                IntStream.range(0, 111)
                        .mapToObj(i ->
                                i < 100
                                        ? new Tried("one", 0.5, 0.7)
                                        : new Tried("p" + i, 0.5, 0.48))
                        .toList();
        CloseUpGate gate = CloseUpGate.of(tried);
        assertThat(gate.patients()).isEqualTo(12);
        assertThat(gate.twice()).isLessThan(gate.once());
        assertThat(gate.open()).isFalse();
    }
}
