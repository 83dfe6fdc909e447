package org.precedent.access;

import java.util.Collection;

/** An answer that tells of annotated images: the audit keeps of which. */
public interface Disclosure {
    /** Ids of the annotations, in the order of the answer. */
    Collection<Long> disclosedAnnotations();
}
