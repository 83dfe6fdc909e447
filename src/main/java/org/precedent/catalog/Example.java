package org.precedent.catalog;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/**
 * An annotated image on its way into the catalogue.
 *
 * @param sourceName the file it came from, for people
 * @param image its pixels, which are made {@linkplain Raster#canonical canonical}
 * @param origin where the pixels come from
 * @param masks one mask a label, each of the image's size; at least one. Only those of a slice may
 *     be empty: the label is known to be absent from it
 */
public record Example(String sourceName, Raster image, Origin origin, Map<String, Mask> masks) {

    /**
     * Where an image comes from. For a slice of a volume, series, index, spacing, origin and
     * direction say which voxels its pixels are.
     *
     * @param modality e.g. {@code CT}; {@code unknown} when nobody said
     * @param site the institution
     * @param patient the patient's pseudonym, never a name
     * @param series identifies the volume; null for an image that is no slice
     * @param sliceIndex from 0; null for an image that is no slice
     * @param spacingMm [3] distance between voxels along x, y, z in millimetres, each > 0
     * @param originMm [3] position of the first voxel in millimetres
     * @param direction [9] row-major 3 x 3 direction cosines
     */
    public record Origin(
            String modality,
            String site,
            String patient,
            @Nullable String series,
            @Nullable Integer sliceIndex,
            double @Nullable [] spacingMm,
            double @Nullable [] originMm,
            double @Nullable [] direction) {
        public Origin {
            modality = Names.requireText("modality", modality);
            site = Names.requireText("site", site);
            patient = Names.requireText("patient", patient);
            if (series != null) {
                series = Names.requireText("series", series);
            }
            if (sliceIndex != null && sliceIndex < 0) {
                throw CatalogException.badValue("sliceIndex", sliceIndex, "counts from 0");
            }
            requireLength("spacingMm", spacingMm, 3);
            requireLength("originMm", originMm, 3);
            requireLength("direction", direction, 9);
            if (spacingMm != null) {
                for (double spacing : spacingMm) {
                    if (!(spacing > 0)) {
                        throw CatalogException.badValue("spacingMm", spacing, "must be above 0");
                    }
                }
            }
        }

        /** A single image that is no slice of a volume. */
        public static Origin ofImage(String modality, String site, String patient) {
            return new Origin(modality, site, patient, null, null, null, null, null);
        }

        private static void requireLength(String field, double @Nullable [] values, int length) {
            if (values == null) {
                return;
            }
            if (values.length != length) {
                throw CatalogException.badValue(
                        field, values.length + " numbers", "expected " + length);
            }
            for (double value : values) {
                if (!Double.isFinite(value)) {
                    throw CatalogException.badValue(field, value, "must be finite");
                }
            }
        }
    }

    public Example {
        Names.requireFileName(sourceName);
        image = image.canonical();
        masks = new TreeMap<>(masks);
        if (masks.isEmpty()) {
            throw CatalogException.noMask(sourceName);
        }
        for (Map.Entry<String, Mask> one : masks.entrySet()) {
            requireFits(
                    "mask of " + one.getKey(), one.getValue(), image, origin.sliceIndex() != null);
        }
    }

    private static void requireFits(String field, Mask mask, Raster image, boolean slice) {
        if (mask.width() != image.width() || mask.height() != image.height()) {
            throw CatalogException.badValue(
                    field,
                    mask.width() + " x " + mask.height(),
                    "must be the image's size, " + image.width() + " x " + image.height());
        }
        if (mask.area() == 0 && !slice) {
            throw CatalogException.badValue(field, "empty", "needs at least 1 pixel");
        }
    }
}
