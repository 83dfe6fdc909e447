/**
 * An archive that speaks DICOMweb: what it holds (QIDO-RS), its objects (WADO-RS), and where ours
 * go (STOW-RS).
 *
 * <p>What an archive answers is not trusted: parts, headers, bytes and silence are bounded,
 * redirects are not followed, and an answer that ends early is an error and never a smaller answer.
 * Messages name the kind of request, not the patient's UIDs.
 *
 * <p>Forbidden imports: JAX-RS; the client is the JDK's.
 */
@NullMarked
package org.precedent.dicomweb;

import org.jspecify.annotations.NullMarked;
