package org.precedent.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.Level;
import org.precedent.retrieval.Fusion.Fused;

class FusionTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID C = new UUID(0, 3);

    @Test
    void whatAllLevelsHaveFirstScoresOne() {
        List<Fused> fused =
                Fusion.EVEN.fuse(
                        Map.of(
                                Level.IMAGE, List.of(A, B),
                                Level.LOCATION, List.of(A, C),
                                Level.OBJECT, List.of(A)),
                        3);

        assertThat(fused).extracting(Fused::imageId).containsExactly(A, B, C);
        assertThat(fused.getFirst().score()).isCloseTo(1, within(1e-12));
        assertThat(fused.get(1).score()).isCloseTo(61 / 62.0 / 3, within(1e-12));
    }

    @Test
    void sharesDecideBetweenLevelsThatDisagree() {
        Map<Level, List<UUID>> found =
                Map.of(Level.IMAGE, List.of(A, B), Level.OBJECT, List.of(B, A));
        Fusion image = new Fusion(Map.of(Level.IMAGE, .75, Level.OBJECT, .25), 5);
        Fusion object = new Fusion(Map.of(Level.IMAGE, .25, Level.OBJECT, .75), 5);

        assertThat(image.fuse(found, 1)).extracting(Fused::imageId).containsExactly(A);
        assertThat(object.fuse(found, 1)).extracting(Fused::imageId).containsExactly(B);
    }

    @Test
    void aLevelWithoutVectorsLeavesItsShareToTheOthers() {
        Fusion fusion = new Fusion(Map.of(Level.IMAGE, .25, Level.OBJECT, .75), 5);

        List<Fused> fused = fusion.fuse(Map.of(Level.IMAGE, List.of(A, B)), 2);

        assertThat(fused).extracting(Fused::imageId).containsExactly(A, B);
        assertThat(fused.getFirst().score()).isCloseTo(1, within(1e-12));
    }

    @Test
    void whereOnlyLevelsWithoutAShareHaveVectorsTheyCountAlike() {
        Fusion fusion = new Fusion(Map.of(Level.OBJECT, 1.0), 5);

        assertThat(fusion.fuse(Map.of(Level.IMAGE, List.of(A, B)), 2))
                .extracting(Fused::imageId)
                .containsExactly(A, B);
    }

    @Test
    void theGridHoldsEverySplitInQuarters() {
        List<Fusion> grid = Fusion.grid(List.of(Level.IMAGE, Level.LOCATION, Level.OBJECT));

        assertThat(grid).hasSize(2 * 15).doesNotHaveDuplicates();
        assertThat(grid).anySatisfy(f -> assertThat(f.shares()).containsEntry(Level.LOCATION, 1.0));
        assertThat(Fusion.grid(List.of(Level.IMAGE))).hasSize(2);
    }

    @Test
    void refusesSharesThatDoNotSumToOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fusion(Map.of(Level.IMAGE, .5), 60))
                .withMessageContaining("sum to 0.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fusion(Map.of(Level.IMAGE, 1.5, Level.OBJECT, -.5), 60))
                .withMessageContaining("below 0");
    }
}
