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
 */
public record StudyQuery(
        String name, VolumeSlices slices, Query asked, @Nullable String patient, String series) {
    /** The question about one slice. */
    Query of(ImageSource slice, int number, int poolVersion) {
        return new Query(
                slice,
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
                new SliceOfStudy(series, number),
                asked.closeUp());
    }
}
