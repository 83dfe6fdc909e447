/**
 * Annotated images in folders, as {@code ingest} and {@code evaluate} take them: which mask belongs
 * to which image is found out before any pixel is read.
 *
 * <p>Terms: an <em>id</em> is an image's file name without its suffix and pairs image and masks; a
 * {@link org.precedent.ingest.folder.Case} is an image with at least one mask file; masks lie
 * either in one folder a label or as label maps with one value a label. What cannot be taken is
 * {@linkplain org.precedent.ingest.folder.NotTaken named with its reason} and stops nothing else;
 * what systems leave in folders is {@linkplain org.precedent.ingest.folder.PassedOver passed over
 * and counted}.
 *
 * <p>Forbidden imports: every library; pixels come from {@code imaging}.
 */
@NullMarked
package org.precedent.ingest.folder;

import org.jspecify.annotations.NullMarked;
