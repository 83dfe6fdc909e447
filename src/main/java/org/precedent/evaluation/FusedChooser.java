package org.precedent.evaluation;

import java.util.List;
import org.precedent.embedding.Level;
import org.precedent.retrieval.Fusion;

/** Choosing by all levels together: every level ranks the candidates, the fusion keeps K. */
public final class FusedChooser implements SupportChooser {
    private final Levels levels;
    private final Fusion fusion;
    private final int chosenBy;

    /** Levels that rank the candidates of a question. */
    public interface Levels {
        /** The levels that have vectors, at least one. */
        List<Level> levels();

        /** What a fusion of all levels keeps, by falling score. */
        List<Scored> choose(Question question, Fusion fusion);

        /** What every level finds, whatever becomes of it. */
        StructureRanking rank(Question question);
    }

    public FusedChooser(Levels levels, Fusion fusion) {
        this(levels, fusion, 0);
    }

    private FusedChooser(Levels levels, Fusion fusion, int chosenBy) {
        this.levels = levels;
        this.fusion = fusion;
        this.chosenBy = chosenBy;
    }

    /**
     * The same levels, fused as images of the pool found best.
     *
     * @param chosenBy how many images chose; where none did, levels count alike
     */
    public FusedChooser with(Fusion best, int chosenBy) {
        return new FusedChooser(levels, chosenBy == 0 ? Fusion.EVEN : best, chosenBy);
    }

    public Fusion fusion() {
        return fusion;
    }

    /** How many images chose the fusion. */
    public int chosenBy() {
        return chosenBy;
    }

    public List<Level> levels() {
        return List.copyOf(levels.levels());
    }

    @Override
    public String name() {
        return "fused";
    }

    @Override
    public boolean isDrawn() {
        return false;
    }

    @Override
    public List<Scored> choose(Question question) {
        return levels.choose(question, fusion);
    }

    /** What every level finds, whatever becomes of it. */
    StructureRanking rank(Question question) {
        return levels.rank(question);
    }
}
