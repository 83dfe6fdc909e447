package org.precedent.access;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;

/**
 * Somebody who was recognised.
 *
 * @param name of the person or program; answers belong to it, not to the key that proved it
 * @param site at which it has its roles; null for every site, which only administrators have
 * @param roles what it is; none may do nothing
 * @param tasks names of the tasks that it is limited to; empty for no limit
 */
public record Identity(String name, @Nullable String site, Set<Role> roles, Set<String> tasks) {
    public Identity {
        roles = Set.copyOf(roles);
        tasks = Set.copyOf(tasks);
        if (name.isBlank()) {
            throw new IllegalArgumentException("an identity has a name");
        }
    }

    /** Somebody with every role at every site. */
    public static Identity administrator(String name) {
        return new Identity(name, null, EnumSet.allOf(Role.class), Set.of());
    }

    /** Whether it is limited to some tasks and this is none of them. */
    boolean isKeptFrom(String task) {
        return !tasks.isEmpty()
                && tasks.stream().noneMatch(allowed -> CanonicalNames.same(allowed, task));
    }
}
