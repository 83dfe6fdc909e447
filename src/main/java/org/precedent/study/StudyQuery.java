package org.precedent.study;

import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Answer.SliceOfStudy;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.query.Query;

/**
 * A volume to be segmented.
 *
 * @param name of the file, recorded with every slice's answer
 * @param slices of the volume, cut along the axis that the pool's images have
 * @param asked what is asked of every slice; its image is not looked at
 * @param patient whose study it is, where the question does not say it; null when not known
 * @param series by which the study is known among its patient's
 * @param network of volumes that segments it at once; null for the pool's, slice by slice
 */
public record StudyQuery(
        String name,
        VolumeSlices slices,
        Query asked,
        @Nullable String patient,
        String series,
        @Nullable String network) {
    /** A volume that is asked slice by slice. */
    public StudyQuery(
            String name,
            VolumeSlices slices,
            Query asked,
            @Nullable String patient,
            String series) {
        this(name, slices, asked, patient, series, null);
    }

    /** The question about the whole volume. */
    Query whole() {
        return of(StudyJobs.noImage(name), null, 0);
    }

    /** The question about one slice. */
    Query of(ImageSource slice, int number, int poolVersion) {
        return of(slice, new SliceOfStudy(series, number), poolVersion);
    }

    private Query of(ImageSource image, @Nullable SliceOfStudy slice, int poolVersion) {
        return new Query(
                image,
                asked.task(),
                asked.labels(),
                asked.pool(),
                poolVersion > 0 ? Integer.toString(poolVersion) : asked.poolVersion(),
                asked.supportSize(),
                asked.temperature(),
                asked.strategy(),
                asked.seed(),
                asked.site(),
                asked.patient() == null ? patient : asked.patient(),
                asked.nearDuplicates(),
                slice,
                asked.closeUp());
    }
}
