package org.precedent.access;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.precedent.CanonicalNames;

/**
 * Whether the names of files are kept. They are for their own site's eyes only, and often say whose
 * image it is: a site may have none kept, and what there is then is called by its id.
 */
@ApplicationScoped
public class FileNames {
    private static final int SHOWN_DIGITS = 8;

    private final boolean none;
    private final Set<String> sites;

    FileNames(AccessConfig config) {
        this.sites =
                config.unnamedSites().stream()
                        .flatMap(List::stream)
                        .map(CanonicalNames::key)
                        .collect(Collectors.toUnmodifiableSet());
        this.none = sites.contains("*");
    }

    /**
     * What is kept of a file's name: all of it, or in its place what it holds and the first digits
     * of the id.
     *
     * @param site that the file came to
     * @param kind what it holds, e.g. image
     * @param id of what it holds
     * @param suffix that the other name gets, too; empty for none
     */
    public String kept(String site, String name, String kind, UUID id, String suffix) {
        return isKept(site) ? name : kind + " " + id.toString().substring(0, SHOWN_DIGITS) + suffix;
    }

    private boolean isKept(String site) {
        return !none && !sites.contains(CanonicalNames.key(site));
    }
}
