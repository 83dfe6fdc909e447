package org.precedent.catalog.review;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.catalog.Intake;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;

/**
 * Answers that were accepted or corrected, ready to be kept: by one action, in one version of the
 * pool.
 *
 * @param answers of one task, at least one
 * @param batch one example an answer: the query with the masks held for right, stored already
 * @param task of the answers
 * @param pool that takes them
 */
public record JudgedAnswers(
        List<One> answers, Verdicts.Verdict verdict, Intake.Batch batch, Task task, Pool pool) {
    public JudgedAnswers {
        answers = List.copyOf(answers);
    }

    /**
     * One of them.
     *
     * @param dice of the answer with each of the masks held for right, by label
     */
    public record One(UUID answer, Map<String, Double> dice) {
        public One {
            dice = Collections.unmodifiableMap(new LinkedHashMap<>(dice));
        }
    }
}
