package org.precedent.curation.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.curation.ranking.NextImages.Arm;
import org.precedent.curation.ranking.NextImages.Candidate;
import org.precedent.imaging.Plane;

class NextImagesTest {
    @Test
    void choicesAreBadlyAnsweredFarAndSpreadOutAndAsManyAreDrawn() {
        List<float[]> annotated = List.of(at(0));
        List<Candidate> candidates =
                List.of(
                        new Candidate(at(0.01), 0.2),
                        new Candidate(at(1.0), 0.2),
                        new Candidate(at(1.01), 0.2),
                        new Candidate(at(-1.0), 0.3),
                        new Candidate(at(0.9), 0.95));

        List<NextImages.Choice> choices = NextImages.of(candidates, annotated, 2, 1);

        assertThat(choices.stream().map(NextImages.Choice::arm))
                .as("nothing shows that choosing is better")
                .containsExactly(Arm.RANDOM, Arm.RANDOM, Arm.CHOSEN, Arm.CHOSEN);
        assertThat(choices.get(0).finding().subject())
                .isNotEqualTo(choices.get(1).finding().subject());
        assertThat(choices.get(2).finding().subject()).isIn(1, 2);
        assertThat(choices.get(3).finding().subject()).as("not the one beside it").isEqualTo(3);
        assertThat(NextImages.chosen(candidates, annotated, 2))
                .isEqualTo(choices.subList(2, 4).stream().map(NextImages.Choice::finding).toList());
        assertThat(choices).isEqualTo(NextImages.of(candidates, annotated, 2, 1));
    }

    @Test
    void aSureAnswerIsExpectedToBeGoodAndAnEmptyOneIsNot() {
        Plane sure = new Plane(2, 2, new float[] {1, 1, 0, 0});
        Plane unsure = new Plane(2, 2, new float[] {0.6f, 0.6f, 0.4f, 0.4f});
        Plane empty = new Plane(2, 2, new float[4]);
        assertThat(NextImages.expectedDice(sure)).isEqualTo(1);
        assertThat(NextImages.expectedDice(unsure)).isBetween(0.5, 0.7);
        assertThat(NextImages.expectedDice(empty)).isZero();
    }

    @Test
    void farQueriesThatAreAlikeAreOneGap() {
        List<float[]> pool = List.of(at(0), at(0.01), at(0.02), at(0.03));
        List<float[]> queries = List.of(at(0.015), at(1.5), at(1.502), at(-1.2));

        List<Finding> gaps = Gaps.among(queries, pool);

        assertThat(gaps).hasSize(2);
        assertThat(gaps.getFirst().subject()).isEqualTo(1);
        assertThat(gaps.getFirst().reason()).startsWith("2 queries");
    }

    private static float[] at(double angle) {
        return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
    }
}
