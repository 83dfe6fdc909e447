package org.precedent.access;

import java.util.EnumSet;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;

/**
 * What somebody may do and see: the one place where that is decided. Nothing is read here; whoever
 * has a row asks.
 *
 * @param identity who it is
 */
public record Scope(Identity identity) {
    /** The site of what belongs to no other. */
    public static final String LOCAL = "local";

    /** What an image or author is said to be of where an administrator says nothing. */
    private static final String UNKNOWN = "unknown";

    private static final Scope MACHINE = new Scope(Identity.administrator("machine"));

    /**
     * Whoever runs a command on the machine and may read the data directory, and what the service
     * does by itself: everything, at every site.
     */
    public static Scope machine() {
        return MACHINE;
    }

    /** The name that answers and audit know. */
    public String name() {
        return identity.name();
    }

    /** Whether every site is in it. */
    public boolean everywhere() {
        return identity.site() == null;
    }

    /** The site that new tasks and answers belong to. */
    public String home() {
        String site = identity.site();
        return site == null ? LOCAL : site;
    }

    // ---- what may be done

    /**
     * This scope when it judges an answer that it may read: what it holds for right may be added,
     * unreviewed, though it may add nothing else.
     *
     * @throws AccessException FORBIDDEN when it may not judge answers
     */
    public Scope judging() {
        require(Action.JUDGE);
        if (may(Action.INGEST)) {
            return this;
        }
        EnumSet<Role> roles = EnumSet.copyOf(identity.roles());
        roles.add(Role.ANNOTATOR);
        return new Scope(new Identity(identity.name(), identity.site(), roles, identity.tasks()));
    }

    /** Whether an action is allowed, of what is visible. */
    public boolean may(Action action) {
        return identity.roles().stream().anyMatch(action.roles()::contains);
    }

    /**
     * Returns when an action is allowed.
     *
     * @throws AccessException FORBIDDEN
     */
    public void require(Action action) {
        if (!may(action)) {
            throw AccessException.forbidden(
                    name() + " may not " + action.words(),
                    "one of the roles "
                            + action.roles().stream().map(Role::word).sorted().toList());
        }
    }

    /**
     * Returns when what belongs to every site may be seen and changed.
     *
     * @param what is asked for, as the end of "may not"
     * @throws AccessException FORBIDDEN for anybody but administrators
     */
    public void requireEverywhere(String what) {
        if (!everywhere()) {
            throw AccessException.forbidden(name() + " may not " + what, "an administrator");
        }
    }

    /**
     * The site that an image is of: the own one. Only administrators name one.
     *
     * @param given by the caller; null where nothing was given
     * @throws AccessException FORBIDDEN when it is not the own one
     */
    public String site(@Nullable String given) {
        String own = identity.site();
        if (own == null) {
            return given == null ? UNKNOWN : given;
        }
        if (given != null && !CanonicalNames.same(given, own)) {
            throw AccessException.forbidden(
                    name() + " is of site " + own + " and cannot speak for another",
                    "leave the site out");
        }
        return own;
    }

    /**
     * Who an annotation is by: the caller. Only administrators name somebody.
     *
     * @param given by the caller; null where nothing was given
     * @throws AccessException FORBIDDEN when it is somebody else
     */
    public String author(@Nullable String given) {
        if (everywhere()) {
            return given == null ? UNKNOWN : given;
        }
        if (given != null && !CanonicalNames.same(given, name())) {
            throw AccessException.forbidden(
                    "the author is whoever sends, and that is " + name(), "leave the author out");
        }
        return name();
    }

    // ---- what is there

    /** Whether something belongs to a site of this scope. */
    public boolean owns(String site) {
        return everywhere() || CanonicalNames.same(home(), site);
    }

    /** The name of an image's file, which is for its own site only. */
    public String imageName(String site, String name, UUID image) {
        return owns(site) ? name : "image " + image.toString().substring(0, 8);
    }

    /** Whether a task's name may be asked about at all. */
    public boolean admitsTask(String task) {
        return !identity.isKeptFrom(task);
    }

    /** The proof that a pool may be read; empty where it is not there for this scope. */
    public Optional<PoolGrant> read(PoolRights pool) {
        return admitsTask(pool.task()) && (owns(pool.site()) || pool.sharedWith(home()).isPresent())
                ? Optional.of(new PoolGrant(this, pool.pool()))
                : Optional.empty();
    }

    /** Whether images may be added to a pool. */
    public boolean contributes(PoolRights pool) {
        return admitsTask(pool.task())
                && (owns(pool.site())
                        || pool.sharedWith(home()).equals(Optional.of(Share.CONTRIBUTE)));
    }

    /**
     * The proof for a pool that is in no catalogue, as evaluations have them in memory.
     *
     * @throws AccessException FORBIDDEN for anybody but administrators
     */
    public PoolGrant anyPool(int pool) {
        if (!everywhere()) {
            throw AccessException.forbidden(
                    name() + " may not read pools that nobody owns", "an administrator");
        }
        return new PoolGrant(this, pool);
    }

    /**
     * Whether an answer is there for this scope.
     *
     * @param askedBy name of who asked
     * @param site of who asked
     */
    public boolean readsAnswer(String task, String askedBy, String site) {
        return admitsTask(task)
                && owns(site)
                && (may(Action.READ_ANSWERS_OF_SITE)
                        || (may(Action.READ_OWN_ANSWERS) && askedBy.equals(name())));
    }

    @Override
    public String toString() {
        return name() + (everywhere() ? " of every site" : " of site " + home());
    }
}
