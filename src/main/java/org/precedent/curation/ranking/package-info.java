/**
 * Lists that say where a curator looks first: what shows the same twice ({@link
 * org.precedent.curation.ranking.Duplicates}), which masks are suspect ({@link
 * org.precedent.curation.ranking.Suspects}), which images do not belong ({@link
 * org.precedent.curation.ranking.Outliers}), what each annotation is worth ({@link
 * org.precedent.curation.ranking.Worth}), what is missing ({@link
 * org.precedent.curation.ranking.Gaps}) and what to annotate next ({@link
 * org.precedent.curation.ranking.NextImages}).
 *
 * <p>Everything here is plain computation on a {@link org.precedent.curation.ranking.LabelPool},
 * vectors and fingerprints; things are known by their position in a list. Whoever asks, the service
 * or an evaluation with planted faults, says what the positions are. A list is worst first, and
 * each entry carries the reason in words.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO, the catalogue.
 */
@NullMarked
package org.precedent.curation.ranking;

import org.jspecify.annotations.NullMarked;
