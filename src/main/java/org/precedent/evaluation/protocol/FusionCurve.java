package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.precedent.embedding.Level;
import org.precedent.retrieval.Fusion;

/** Dice over the ways of fusing levels; gains are over {@link Fusion#EVEN}. */
public final class FusionCurve extends SettingCurve<Fusion> {

    /**
     * @param levels that have vectors
     */
    public FusionCurve(List<Level> levels) {
        super(grid(levels), Fusion.EVEN);
    }

    /** Ever more even: of equally good ones, the one that prefers no level. */
    private static List<Fusion> grid(List<Level> levels) {
        List<Fusion> grid = new ArrayList<>(Fusion.grid(levels));
        grid.sort(Comparator.comparingDouble(FusionCurve::concentration).reversed());
        grid.add(Fusion.EVEN);
        return grid;
    }

    private static double concentration(Fusion fusion) {
        return fusion.shares().values().stream().mapToDouble(share -> share * share).sum();
    }
}
