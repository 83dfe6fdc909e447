package org.precedent.access;

import static org.precedent.access.Role.ANNOTATOR;
import static org.precedent.access.Role.AUDITOR;
import static org.precedent.access.Role.CLIENT;
import static org.precedent.access.Role.CURATOR;
import static org.precedent.access.Role.OPERATOR;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What can be done, and which roles may do it. This table is the only one. */
public enum Action {
    /** List tasks, labels and pools. */
    SEE_TASKS("see tasks", CLIENT, ANNOTATOR, CURATOR, AUDITOR, OPERATOR),
    /** Have an image segmented, or its supports retrieved. */
    ASK("ask for segmentations", CLIENT, ANNOTATOR, CURATOR),
    /** Read the answers that one asked for oneself. */
    READ_OWN_ANSWERS("read answers", CLIENT, ANNOTATOR, CURATOR, AUDITOR),
    /** Read the answers that anybody of the own site asked for. */
    READ_ANSWERS_OF_SITE("read the answers of others", CURATOR, AUDITOR),
    /** See annotated images of a pool without an answer that rests on them. */
    SEE_SUPPORTS("see the images of pools", ANNOTATOR, CURATOR),
    /** Accept, correct or reject an answer that one may read. */
    JUDGE("judge answers", CLIENT, ANNOTATOR, CURATOR),
    /** Add annotated images of the own site, unreviewed. */
    INGEST("add annotated images", ANNOTATOR, CURATOR),
    /** Say that an annotation may serve as a support, or may no longer. */
    REVIEW("review annotations", CURATOR),
    /** Erase patients, images and answers of the own site for good. */
    ERASE("erase", CURATOR),
    /** Make tasks, labels and pools. */
    DEFINE("define tasks and pools", CURATOR),
    /** Train the network further on the pools of the own site. */
    ADAPT("adapt the network to pools", CURATOR),
    /** Share a pool with other sites. */
    SHARE("share pools", CURATOR),
    /** Make, list and revoke keys. */
    MANAGE_KEYS("manage keys", OPERATOR),
    /** Read the audit trail. */
    READ_AUDIT("read the audit trail", AUDITOR),
    /** Look at the metrics of the service. */
    OPERATE("operate the service", AUDITOR, OPERATOR);

    private final String words;
    private final Set<Role> roles;

    Action(String words, Role first, Role... others) {
        this.words = words;
        this.roles = Collections.unmodifiableSet(EnumSet.of(first, others));
    }

    /** The action as clients know it, e.g. {@code see-supports}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The action as the end of "you may not". */
    String words() {
        return words;
    }

    /** The roles of which one suffices. */
    public Set<Role> roles() {
        return roles;
    }
}
