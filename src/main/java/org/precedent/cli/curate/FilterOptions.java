package org.precedent.cli.curate;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.curation.FilterWords;
import picocli.CommandLine.Option;

/** Which images, annotations or answers. */
final class FilterOptions {
    @Option(names = "--task", description = "of this task")
    private @Nullable String task;

    @Option(names = "--pool", description = "that this pool of --task holds")
    private @Nullable String pool;

    @Option(
            names = "--pool-version",
            paramLabel = "VERSION",
            description =
                    "at this version of --pool, a number or a name (default: the current one)")
    private @Nullable String version;

    @Option(names = "--label", description = "of this label of --task")
    private @Nullable String label;

    @Option(
            names = "--state",
            description = "in this review state: unreviewed, approved, rejected or retired")
    private @Nullable String state;

    @Option(names = "--site", description = "of this site")
    private @Nullable String site;

    @Option(names = "--author", description = "by this author")
    private @Nullable String author;

    @Option(names = "--modality", description = "of this modality")
    private @Nullable String modality;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "made then or later: a day, or a moment as 2026-03-01T08:00:00Z")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "made before, likewise")
    private @Nullable String until;

    @Option(names = "--text", description = "with this in the image's file name")
    private @Nullable String text;

    FilterWords words() {
        return new FilterWords(
                Set.of(), task, pool, version, label, state, site, author, modality, since, until,
                text);
    }
}
