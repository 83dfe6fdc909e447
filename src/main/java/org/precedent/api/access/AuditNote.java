package org.precedent.api.access;

import jakarta.enterprise.context.RequestScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the audit is to know of a request that neither its path nor its answer says: which image it
 * was about, and whose annotations it disclosed.
 */
@RequestScoped
public class AuditNote {
    private final List<String> subjects = new ArrayList<>();
    private final Set<Long> annotations = new LinkedHashSet<>();

    /** Says what a request was about: ids of ours, no names that somebody gave. */
    public void about(String subject) {
        subjects.add(subject);
    }

    /** Says which annotations were disclosed. */
    public void disclosed(Collection<Long> ids) {
        annotations.addAll(ids);
    }

    /** The end of the entry's object; empty where nothing is to be said. */
    String subject() {
        return subjects.isEmpty() ? "" : " " + String.join(" ", subjects);
    }

    Collection<Long> annotations() {
        return List.copyOf(annotations);
    }
}
