/**
 * The routes of MONAI Label, as its clients in 3D Slicer, OHIF, QuPath and CVAT call them: a model
 * is a task, a data store is what the caller may see, and a label that is saved is an unreviewed
 * annotation.
 *
 * <p>What these clients stumble over decides much of it. Answers have a length and are never sent
 * in chunks, because clients read the bare socket. JSON is taken without a media type, and whatever
 * {@code Accept} says is answered. Refusals are the problems of all other routes: of these, clients
 * read the status and {@code detail}, which MONAI Label's own errors have as well.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, ImageIO.
 */
@NullMarked
package org.precedent.api.monailabel;

import org.jspecify.annotations.NullMarked;
