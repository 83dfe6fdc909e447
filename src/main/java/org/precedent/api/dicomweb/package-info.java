/**
 * Studies that were segmented, offered as DICOMweb does (PS3.18): searches (QIDO-RS), objects
 * (WADO-RS), and corrected segmentations that viewers store (STOW-RS), in the shapes that viewers
 * such as OHIF ask for. They are there for whoever may read the answers, as long as the study is
 * kept.
 *
 * <p>A media type is chosen by what is asked for, whatever {@code Accept} says, because viewers
 * quote, list and misspell it. Refusals are the problems of all other routes.
 *
 * <p>Forbidden imports: everything but JAX-RS, {@code access}, {@code api}, {@code study} and
 * {@code imaging}.
 */
@NullMarked
package org.precedent.api.dicomweb;

import org.jspecify.annotations.NullMarked;
