package org.precedent.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.precedent.embedding.Level;
import org.precedent.retrieval.Fusion;

/** Choosing by all levels together: every level ranks the candidates, the fusion keeps K. */
public final class FusedChooser implements SupportChooser {
    /** Images that every level ranks, for each support wanted, as the service does. */
    private static final int OVERCOLLECT = 4;

    private final Map<Level, SupportChooser> levels;
    private final Fusion fusion;
    private final int chosenBy;

    /**
     * @param levels at least one
     */
    public FusedChooser(Map<Level, SupportChooser> levels, Fusion fusion) {
        this(levels, fusion, 0);
    }

    private FusedChooser(Map<Level, SupportChooser> levels, Fusion fusion, int chosenBy) {
        this.levels = new EnumMap<>(levels);
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
        return List.copyOf(levels.keySet());
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
        return rank(question).fuse(fusion, question.k()).stream()
                .sorted(
                        Comparator.comparingDouble(Scored::similarity)
                                .reversed()
                                .thenComparing(one -> one.support().id()))
                .toList();
    }

    /** What every level finds, whatever becomes of it. */
    StructureRanking rank(Question question) {
        Map<UUID, Annotated> byId = new HashMap<>();
        Map<Level, List<UUID>> found = new EnumMap<>(Level.class);
        Question all =
                new Question(
                        question.id(),
                        question.query(),
                        question.label(),
                        question.candidates(),
                        Math.min(question.candidates().size(), OVERCOLLECT * question.k()),
                        question.seed(),
                        question.firstPass());
        levels.forEach((level, chooser) -> {
            List<UUID> ids = new ArrayList<>();
            for (Scored scored : chooser.choose(all)) {
                UUID id =
                        UUID.nameUUIDFromBytes(
                                scored.support().id().getBytes(StandardCharsets.UTF_8));
                byId.put(id, scored.support());
                ids.add(id);
            }
            found.put(level, ids);
        });
        return new StructureRanking(found, id -> Objects.requireNonNull(byId.get(id)));
    }
}
