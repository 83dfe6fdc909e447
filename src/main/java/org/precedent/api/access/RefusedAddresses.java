package org.precedent.api.access;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;

/**
 * What is turned away before any route sees it is counted without its address: there is no template
 * for it, and the address is whatever the caller wrote, names that others must not see included.
 */
@ApplicationScoped
class RefusedAddresses {
    private static final String URI = "uri";
    private static final Set<String> REFUSED = Set.of("401", "403", "413", "421");

    @Produces
    @Singleton
    MeterFilter refusedAddresses() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                String status = id.getTag("status");
                return id.getName().startsWith("http.server")
                                && id.getTag(URI) != null
                                && status != null
                                && REFUSED.contains(status)
                        ? id.replaceTags(without(id.getTags()))
                        : id;
            }
        };
    }

    private static List<Tag> without(List<Tag> tags) {
        return tags.stream()
                .map(tag -> tag.getKey().equals(URI) ? Tag.of(URI, "REFUSED") : tag)
                .toList();
    }
}
