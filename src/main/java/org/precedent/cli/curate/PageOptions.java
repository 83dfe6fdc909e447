package org.precedent.cli.curate;

import org.jspecify.annotations.Nullable;
import org.precedent.catalog.review.Page;
import picocli.CommandLine.Option;

/** Which page of a list. */
final class PageOptions {
    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "rows at most, up to 1000 (default: ${DEFAULT-VALUE})")
    private int limit = Page.USUAL;

    @Option(
            names = "--after",
            paramLabel = "CURSOR",
            description = "the next page: what the page before printed at its end")
    private @Nullable String after;

    Page.Request request() {
        return new Page.Request(after, limit);
    }
}
