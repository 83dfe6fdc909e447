package org.precedent.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.precedent.embedding.Level;
import org.precedent.evaluation.SupportChooser.Question;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.retrieval.Fusion;

/** Levels whose opinions a test makes up. */
public record FixedLevels(Map<Level, SupportChooser> opinions) implements FusedChooser.Levels {
    private static final int OVERCOLLECT = 4;

    @Override
    public List<Level> levels() {
        return List.copyOf(new EnumMap<>(opinions).keySet());
    }

    @Override
    public List<Scored> choose(Question question, Fusion fusion) {
        return rank(question).fuse(fusion, question.k());
    }

    /** After a first pass from what the first level finds. */
    @Override
    public StructureRanking rank(Question question) {
        SupportChooser first = opinions.get(levels().getFirst());
        question.firstPass().from(first.choose(question));
        Question more =
                new Question(
                        question.id(),
                        question.query(),
                        question.label(),
                        question.candidates(),
                        Math.min(question.candidates().size(), OVERCOLLECT * question.k()),
                        question.seed(),
                        question.firstPass());
        Map<UUID, Annotated> byId = new HashMap<>();
        Map<Level, List<UUID>> found = new EnumMap<>(Level.class);
        opinions.forEach((level, chooser) ->
                found.put(
                        level,
                        chooser.choose(more).stream()
                                .map(one -> {
                                    UUID id =
                                            UUID.nameUUIDFromBytes(
                                                    one.support()
                                                            .id()
                                                            .getBytes(StandardCharsets.UTF_8));
                                    byId.put(id, one.support());
                                    return id;
                                })
                                .toList()));
        return new StructureRanking(found, id -> Objects.requireNonNull(byId.get(id)));
    }
}
