package org.precedent.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A scope's decisions against rules that are written here a second time, over sites, pools and
 * callers at random. Sites are spelt in several ways that mean the same.
 */
class ScopePropertyTest {
    private static final long SEED = 20261129;
    private static final int REQUESTS = 100_000;
    private static final List<String> SITES = List.of("north", "south", "east", "local");
    private static final List<String> TASKS = List.of("liver", "wbc", "spine");

    /** The roles that may do a thing, as the documentation has them. */
    private static final Map<Action, String> ROLES =
            Map.ofEntries(
                    Map.entry(Action.SEE_TASKS, "client annotator curator auditor operator"),
                    Map.entry(Action.ASK, "client annotator curator"),
                    Map.entry(Action.READ_OWN_ANSWERS, "client annotator curator auditor"),
                    Map.entry(Action.READ_ANSWERS_OF_SITE, "curator auditor"),
                    Map.entry(Action.SEE_SUPPORTS, "annotator curator"),
                    Map.entry(Action.JUDGE, "client annotator curator"),
                    Map.entry(Action.INGEST, "annotator curator"),
                    Map.entry(Action.REVIEW, "curator"),
                    Map.entry(Action.ERASE, "curator"),
                    Map.entry(Action.DEFINE, "curator"),
                    Map.entry(Action.ADAPT, "curator"),
                    Map.entry(Action.SHARE, "curator"),
                    Map.entry(Action.MANAGE_KEYS, "operator"),
                    Map.entry(Action.READ_AUDIT, "auditor"),
                    Map.entry(Action.OPERATE, "auditor operator"));

    @Test
    void everyDecisionIsTheOneOfTheRules() {
        Random random = new Random(SEED);
        Map<String, Integer> outcomes = new HashMap<>();
        for (int i = 0; i < REQUESTS; i++) {
            Identity who = identity(random);
            Scope scope = new Scope(who);
            String owner = pick(random, SITES);
            Map<String, Share> shares = shares(random, owner);
            String task = pick(random, TASKS);
            PoolRights pool = new PoolRights(i, task, spelt(random, owner), shares);
            String asker = pick(random, List.of("ann", "bob"));
            Action action = pick(random, List.of(Action.values()));
            String what = "seed " + SEED + ", request " + i + ": " + who + " " + pool;

            boolean may =
                    who.roles().stream()
                            .anyMatch(role ->
                                    List.of(ROLES.get(action).split(" ")).contains(role.word()));
            assertThat(scope.may(action)).as(what).isEqualTo(may);

            boolean taskOk = who.tasks().isEmpty() || who.tasks().contains(task);
            boolean owns = who.site() == null || key(who.site()).equals(owner);
            String site = who.site() == null ? "local" : key(who.site());
            Share share = null;
            for (Map.Entry<String, Share> one : shares.entrySet()) {
                if (key(one.getKey()).equals(site)) {
                    share = one.getValue();
                }
            }
            boolean reads = taskOk && (owns || share != null);
            assertThat(scope.read(pool).isPresent()).as(what).isEqualTo(reads);
            scope.read(pool).ifPresent(grant -> assertThat(grant.pool()).isEqualTo(pool.pool()));
            assertThat(scope.contributes(pool))
                    .as(what)
                    .isEqualTo(taskOk && (owns || share == Share.CONTRIBUTE));

            boolean mine = asker.equals(who.name());
            boolean readsOwn = has(who, Role.CLIENT, Role.ANNOTATOR, Role.CURATOR, Role.AUDITOR);
            boolean readsAll = has(who, Role.CURATOR, Role.AUDITOR);
            assertThat(scope.readsAnswer(task, asker, spelt(random, owner)))
                    .as(what)
                    .isEqualTo(taskOk && owns && (readsAll || (readsOwn && mine)));
            outcomes.merge(owns + " " + (share != null) + " " + reads, 1, Integer::sum);
        }
        assertThat(outcomes.values()).as("every kind of case occurs").allMatch(n -> n > 100);
        assertThat(outcomes).hasSizeGreaterThanOrEqualTo(5);
    }

    @Test
    void everyActionIsInTheRules() {
        assertThat(ROLES.keySet()).containsExactlyInAnyOrder(Action.values());
    }

    @Test
    void siteAndAuthorAreTheCallersAndNobodyElses() {
        Scope annotator = new Scope(new Identity("ann", "north", Set.of(Role.ANNOTATOR), Set.of()));
        assertThat(annotator.site(null)).isEqualTo("north");
        assertThat(annotator.site("North ")).isEqualTo("north");
        assertThat(annotator.author(null)).isEqualTo("ann");
        for (String other : List.of("south", "", "unknown", "local")) {
            assertThatThrownBy(() -> annotator.site(other)).isInstanceOf(AccessException.class);
            assertThatThrownBy(() -> annotator.author(other)).isInstanceOf(AccessException.class);
        }
        assertThat(Scope.machine().site("south")).isEqualTo("south");
        assertThat(Scope.machine().site(null)).isEqualTo("unknown");
    }

    private static boolean has(Identity who, Role... roles) {
        return Arrays.stream(roles).anyMatch(who.roles()::contains);
    }

    private static Identity identity(Random random) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Role role : Role.values()) {
            if (random.nextInt(3) == 0) {
                roles.add(role);
            }
        }
        Set<String> tasks = new HashSet<>();
        if (random.nextBoolean()) {
            tasks.add(pick(random, TASKS));
        }
        String site = random.nextInt(8) == 0 ? null : spelt(random, pick(random, SITES));
        return new Identity(pick(random, List.of("ann", "bob")), site, roles, tasks);
    }

    private static Map<String, Share> shares(Random random, String owner) {
        Map<String, Share> shares = new HashMap<>();
        for (String site : SITES) {
            if (!site.equals(owner) && random.nextInt(3) == 0) {
                shares.put(spelt(random, site), pick(random, List.of(Share.values())));
            }
        }
        return shares;
    }

    /** Another spelling of the same name. */
    private static String spelt(Random random, String site) {
        return switch (random.nextInt(3)) {
            case 0 -> site.toUpperCase(Locale.ROOT);
            case 1 -> " " + site;
            default -> site;
        };
    }

    private static String key(String spelt) {
        return spelt.strip().toLowerCase(Locale.ROOT);
    }

    private static <T> T pick(Random random, List<T> among) {
        return new ArrayList<>(among).get(random.nextInt(among.size()));
    }
}
