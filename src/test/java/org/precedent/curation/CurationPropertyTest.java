package org.precedent.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.PoolContents;
import org.precedent.catalog.review.PoolVersions;
import org.precedent.catalog.review.Reviews;
import org.precedent.catalog.review.Verdicts;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.index.SupportFilter;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.projection.ImageProjection;
import org.precedent.query.EmbeddedServices;

/**
 * Random sequences of reviews, corrections, restored versions and undos, each against a model that
 * keeps the whole state in memory; the catalogue, every old version of the pool, and the index must
 * agree with it, and what the model says is refused must be refused and change nothing.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class CurationPropertyTest {
    private static final String LABEL = "disc";
    private static final int IMAGES = 4;
    private static final Because WHY = new Because(Scope.machine(), "curator", "tried");

    @Inject Catalog catalog;
    @Inject IngestService ingest;
    @Inject Curation curation;
    @Inject AnswerLoop loop;
    @Inject PoolContents contents;
    @Inject ImageProjection index;

    /** An action as the model knows it. */
    private static final class Action {
        final Map<Long, ReviewState> before = new HashMap<>();
        final Map<Long, ReviewState> after = new HashMap<>();
        final Set<Long> added = new HashSet<>();
        final Set<Long> ended = new HashSet<>();
        @Nullable Action undoes;
        boolean undone;
        boolean inForce = true;
    }

    /** Everything that the catalogue should know. */
    private static final class Model {
        final Map<Long, ReviewState> states = new TreeMap<>();
        final Map<Long, UUID> images = new HashMap<>();
        final List<Set<Long>> versions = new ArrayList<>();
        final Map<Long, Action> actions = new LinkedHashMap<>();
        final Map<Long, Integer> numbers = new HashMap<>();
        final Map<Long, Action> proposals = new HashMap<>();

        Set<Long> held() {
            return versions.getLast();
        }

        @Nullable Long heldOf(UUID image) {
            return held().stream()
                    .filter(a -> image.equals(images.get(a)))
                    .findFirst()
                    .orElse(null);
        }

        void change(Action action, Set<Long> add, Set<Long> end) {
            if (!add.isEmpty() || !end.isEmpty()) {
                Set<Long> next = new TreeSet<>(held());
                next.removeAll(end);
                next.addAll(add);
                versions.add(next);
                action.added.addAll(add);
                action.ended.addAll(end);
            }
        }

        /** Approved annotations that waited take their places: the newest of each image. */
        void place(Action action, Set<Long> approved) {
            Map<UUID, Long> newest = new HashMap<>();
            for (long a : approved) {
                Action from = proposals.get(a);
                Long held = heldOf(images.get(a));
                if (from == null || !from.inForce || held != null && held == a) {
                    continue;
                }
                if (held == null
                        || states.get(held) != ReviewState.APPROVED
                        || numbers.getOrDefault(held, 1) < numbers.get(a)) {
                    newest.merge(
                            images.get(a), a, (x, y) -> numbers.get(x) > numbers.get(y) ? x : y);
                }
            }
            Set<Long> ended = new HashSet<>();
            newest.keySet()
                    .forEach(image -> {
                        Long held = heldOf(image);
                        if (held != null) {
                            ended.add(held);
                        }
                    });
            change(action, new HashSet<>(newest.values()), ended);
        }

        /** What the curator's list of the pool shows. */
        Set<Long> listed() {
            Set<Long> listed = new TreeSet<>(held());
            proposals.forEach((a, from) -> {
                UUID image = images.get(a);
                Long held = heldOf(image);
                boolean superseded =
                        proposals.entrySet().stream()
                                .anyMatch(other ->
                                        other.getValue().inForce
                                                && image.equals(images.get(other.getKey()))
                                                && numbers.get(other.getKey()) > numbers.get(a));
                if (from.inForce
                        && states.get(a) == ReviewState.UNREVIEWED
                        && !superseded
                        && (held == null || numbers.getOrDefault(held, 1) < numbers.get(a))) {
                    listed.add(a);
                }
            });
            return listed;
        }

        boolean mayUndo(Action action) {
            if (action.undone) {
                return false;
            }
            for (Map.Entry<Long, ReviewState> one : action.after.entrySet()) {
                if (states.get(one.getKey()) != one.getValue()) {
                    return false;
                }
            }
            if (!held().containsAll(action.added)) {
                return false;
            }
            Set<Long> rest = new HashSet<>(held());
            rest.removeAll(action.added);
            Set<UUID> taken = rest.stream().map(images::get).collect(Collectors.toSet());
            return action.ended.stream().noneMatch(a -> taken.contains(images.get(a)));
        }
    }

    @Test
    void sequencesOfChangesLeaveWhatTheModelSays() {
        for (long seed = 1; seed <= 6; seed++) {
            try {
                sequence(seed, 40);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void sequence(long seed, int steps) {
        Random random = new Random(seed);
        String name = "curated-" + UUID.randomUUID();
        Task task = catalog.defineTask(Scope.machine(), name, List.of(LABEL));
        catalog.definePool(Scope.machine(), name, "default");
        Model model = new Model();
        for (int i = 0; i < IMAGES; i++) {
            ingest.ingest(
                    Scope.machine(),
                    List.of(example(seed, i)),
                    new Destination(name, "default", "tester", ReviewState.UNREVIEWED),
                    "test");
        }
        Task.Label label = task.labels().getFirst();
        for (int version = 1; version <= IMAGES; version++) {
            Set<Long> held = new TreeSet<>();
            for (PoolContents.Member m : contents.members(pool(task), version, label.id())) {
                held.add(m.support().annotationId());
                model.states.put(m.support().annotationId(), m.state());
                model.images.put(m.support().annotationId(), m.support().imageId());
            }
            model.versions.add(held);
        }
        for (int step = 0; step < steps; step++) {
            switch (random.nextInt(5)) {
                case 0, 1 -> review(model, random);
                case 2 -> correct(model, random);
                case 3 -> restore(model, name, random);
                default -> undo(model, random);
            }
            agree(model, task, step % 8 == 7);
        }
        agree(model, task, true);
    }

    private void review(Model model, Random random) {
        ReviewState to = ReviewState.values()[random.nextInt(4)];
        Set<Long> ids = new HashSet<>();
        List<Long> known = List.copyOf(model.states.keySet());
        for (int i = 0; i <= random.nextInt(3); i++) {
            ids.add(known.get(random.nextInt(known.size())));
        }
        boolean dryRun = random.nextInt(5) == 0;
        Reviews.Outcome outcome = curation.review(ids, nothing(), to.word(), null, WHY, dryRun);
        Set<Long> changing =
                ids.stream().filter(a -> model.states.get(a) != to).collect(Collectors.toSet());
        assertThat(outcome.changes().stream().map(Reviews.Change::annotationId))
                .containsExactlyInAnyOrderElementsOf(changing);
        if (outcome.action() != null) {
            Action action = new Action();
            changing.forEach(a -> {
                action.before.put(a, model.states.get(a));
                action.after.put(a, to);
                model.states.put(a, to);
            });
            if (to == ReviewState.APPROVED) {
                model.place(action, changing);
            }
            model.actions.put(outcome.action(), action);
        } else {
            assertThat(dryRun || changing.isEmpty()).isTrue();
        }
    }

    private void correct(Model model, Random random) {
        List<Long> known = List.copyOf(model.states.keySet());
        long old = known.get(random.nextInt(known.size()));
        UUID image = model.images.get(old);
        Long held = model.heldOf(image);
        Verdicts.Corrected corrected =
                loop.correctAnnotation(
                        old,
                        new AnswerLoop.SentMask(
                                "m.png", PngWriter.png(disc(random.nextInt(1000)).toRaster())),
                        random.nextBoolean() ? "approved" : "unreviewed",
                        WHY);
        model.images.put(corrected.annotationId(), image);
        Action action = new Action();
        model.states.put(corrected.annotationId(), catalogState(corrected.annotationId(), image));
        model.numbers.put(corrected.annotationId(), corrected.version());
        boolean waits =
                held != null
                        && model.states.get(held) == ReviewState.APPROVED
                        && model.states.get(corrected.annotationId()) == ReviewState.UNREVIEWED;
        assertThat(corrected.waiting()).isEqualTo(waits ? 1 : 0);
        if (waits) {
            model.proposals.put(corrected.annotationId(), action);
        } else if (held != null) {
            model.change(action, Set.of(corrected.annotationId()), Set.of(held));
        }
        model.actions.put(corrected.action(), action);
    }

    private ReviewState catalogState(long annotation, UUID image) {
        return curation
                .annotations(Scope.machine(), nothing(), new Page.Request(null, 1000))
                .rows()
                .stream()
                .filter(row -> row.id() == annotation && row.imageId().equals(image))
                .findFirst()
                .orElseThrow()
                .state();
    }

    private void restore(Model model, String task, Random random) {
        int version = 1 + random.nextInt(model.versions.size());
        PoolVersions.Changed changed =
                curation.restore(task, "default", Integer.toString(version), WHY, false);
        Set<Long> wanted = model.versions.get(version - 1);
        Set<Long> add = new HashSet<>(wanted);
        add.removeAll(model.held());
        Set<Long> end = new HashSet<>(model.held());
        end.removeAll(wanted);
        assertThat(changed.added()).isEqualTo(add.size());
        assertThat(changed.removed()).isEqualTo(end.size());
        if (changed.action() != null) {
            Action action = new Action();
            model.change(action, add, end);
            model.actions.put(changed.action(), action);
        }
        assertThat(changed.version()).isEqualTo(model.versions.size());
    }

    private void undo(Model model, Random random) {
        if (model.actions.isEmpty()) {
            return;
        }
        List<Long> known = List.copyOf(model.actions.keySet());
        long id = known.get(Math.max(0, known.size() - 1 - random.nextInt(4)));
        Action action = model.actions.get(id);
        if (!model.mayUndo(action)) {
            assertThatThrownBy(() -> curation.undo(id, WHY)).isInstanceOf(DomainException.class);
            return;
        }
        long by = curation.undo(id, WHY);
        Action undo = new Action();
        action.before.forEach((a, state) -> {
            undo.before.put(a, model.states.get(a));
            undo.after.put(a, state);
            model.states.put(a, state);
        });
        model.change(undo, action.ended, action.added);
        action.undone = true;
        undo.undoes = action;
        boolean inForce = false;
        for (Action at = action; at != null; at = at.undoes) {
            at.inForce = inForce;
            inForce = !inForce;
        }
        model.actions.put(by, undo);
    }

    private void agree(Model model, Task task, boolean all) {
        Pool pool = pool(task);
        Task.Label label = task.labels().getFirst();
        assertThat(pool.version()).isEqualTo(model.versions.size());
        for (int version = all ? 1 : pool.version(); version <= pool.version(); version++) {
            List<PoolContents.Member> members = contents.members(pool, version, label.id());
            assertThat(members.stream().map(m -> m.support().annotationId()))
                    .containsExactlyInAnyOrderElementsOf(model.versions.get(version - 1));
            members.forEach(m ->
                    assertThat(m.state()).isEqualTo(model.states.get(m.support().annotationId())));
        }
        assertThat(
                        curation
                                .annotations(
                                        Scope.machine(),
                                        new FilterWords(
                                                Set.of(),
                                                task.name(),
                                                "default",
                                                null,
                                                null,
                                                null,
                                                null,
                                                null,
                                                null,
                                                null,
                                                null,
                                                null),
                                        new Page.Request(null, 1000))
                                .rows()
                                .stream()
                                .map(row -> row.id()))
                .containsExactlyInAnyOrderElementsOf(model.listed());
        if (all) {
            index.awaitCommitted();
            for (int version = 1; version <= pool.version(); version++) {
                assertThat(
                                index.search()
                                        .eligible(
                                                new SupportFilter(
                                                        pool.grant(),
                                                        version,
                                                        label.id(),
                                                        Set.of(ReviewState.APPROVED),
                                                        null,
                                                        null,
                                                        null),
                                                Integer.MAX_VALUE))
                        .as("index at version %d", version)
                        .containsExactlyInAnyOrderElementsOf(
                                model.versions.get(version - 1).stream()
                                        .filter(a -> model.states.get(a) == ReviewState.APPROVED)
                                        .map(model.images::get)
                                        .collect(Collectors.toSet()));
            }
        }
    }

    @Test
    void unreviewedMasksWaitBesideApprovedOnesWhicheverWayTheyCome() {
        String name = "waits-" + UUID.randomUUID();
        Task task = catalog.defineTask(Scope.machine(), name, List.of(LABEL));
        catalog.definePool(Scope.machine(), name, "default");
        Example image = example(99, 0);
        var first = ingest(name, image, ReviewState.APPROVED);
        assertThat(first.beside()).isNull();
        long approved = only(task);

        var second = ingest(name, with(image, disc(501)), ReviewState.UNREVIEWED);
        assertThat(second.created()).isTrue();
        assertThat(second.beside()).isEqualTo(1);
        assertThat(pool(task).version()).isEqualTo(1);
        assertThat(only(task)).isEqualTo(approved);
        // The same again changes nothing, nor does the mask that is approved.
        assertThat(ingest(name, with(image, disc(501)), ReviewState.UNREVIEWED).created())
                .isFalse();
        assertThat(ingest(name, image, ReviewState.UNREVIEWED))
                .isEqualTo(new Ingested.AnnotationResult(LABEL, 1, false, null));
        // Not even a curator's ingest puts what nobody approved in the place of what somebody did.
        assertThat(ingest(name, with(image, disc(501)), ReviewState.APPROVED).beside())
                .isEqualTo(1);

        var third = ingest(name, with(image, disc(502)), ReviewState.UNREVIEWED);
        assertThat(third.version()).isEqualTo(3);
        List<Long> waiting = waiting(name);
        assertThat(waiting).hasSize(1);
        assertThat(only(task)).isEqualTo(approved);

        Reviews.Outcome outcome =
                curation.review(
                        Set.copyOf(waiting), nothing(), "approved", "unreviewed", WHY, false);
        assertThat(only(task)).isEqualTo(waiting.getFirst());
        assertThat(pool(task).version()).isEqualTo(2);
        assertThat(waiting(name)).isEmpty();

        curation.undo(outcome.action(), WHY);
        assertThat(only(task)).isEqualTo(approved);
        assertThat(waiting(name)).isEqualTo(waiting);
    }

    private Ingested.AnnotationResult ingest(String task, Example example, ReviewState state) {
        return ingest.ingest(
                        Scope.machine(),
                        List.of(example),
                        new Destination(task, "default", "tester", state),
                        "test")
                .getFirst()
                .annotations()
                .getFirst();
    }

    private static Example with(Example image, Mask mask) {
        return new Example(image.sourceName(), image.image(), image.origin(), Map.of(LABEL, mask));
    }

    private long only(Task task) {
        List<PoolContents.Member> members =
                contents.members(pool(task), pool(task).version(), null);
        assertThat(members).hasSize(1);
        return members.getFirst().support().annotationId();
    }

    private List<Long> waiting(String task) {
        return curation
                .annotations(
                        Scope.machine(),
                        new FilterWords(
                                Set.of(),
                                task,
                                "default",
                                null,
                                null,
                                "unreviewed",
                                null,
                                null,
                                null,
                                null,
                                null,
                                null),
                        new Page.Request(null, 1000))
                .rows()
                .stream()
                .map(row -> row.id())
                .toList();
    }

    private Pool pool(Task task) {
        return catalog.pool(Scope.machine(), task, "default");
    }

    private static FilterWords nothing() {
        return FilterWords.ofIds(Set.of());
    }

    private static Example example(long seed, int i) {
        Random random = new Random(31 * seed + i + UUID.randomUUID().hashCode());
        short[] samples = new short[32 * 32];
        for (int p = 0; p < samples.length; p++) {
            samples[p] = (short) random.nextInt(256);
        }
        return new Example(
                "i" + i + ".png",
                new Raster(32, 32, 1, 8, samples),
                Example.Origin.ofImage("CT", "here", "p" + i),
                Map.of(LABEL, disc(i)));
    }

    private static Mask disc(int seed) {
        Random random = new Random(seed);
        int x = 8 + random.nextInt(16);
        int y = 8 + random.nextInt(16);
        int r = 2 + random.nextInt(5);
        boolean[] inside = new boolean[32 * 32];
        for (int p = 0; p < inside.length; p++) {
            inside[p] = Math.hypot(p % 32 - x, p / 32 - y) <= r;
        }
        return new Mask(32, 32, inside);
    }
}
