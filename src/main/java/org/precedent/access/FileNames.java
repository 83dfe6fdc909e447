package org.precedent.access;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.precedent.CanonicalNames;

/**
 * Whether the names of files are kept. They are for their own site's eyes only, and often say whose
 * image it is: a site may have none kept, and what there is then is called by its id.
 */
@ApplicationScoped
public class FileNames {
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
     * What is kept of a file's name.
     *
     * @param site that the file came to
     * @param instead what it is called where its name is not kept
     */
    public String kept(String site, String name, String instead) {
        return isKept(site) ? name : instead;
    }

    private boolean isKept(String site) {
        return !none && !sites.contains(CanonicalNames.key(site));
    }
}
