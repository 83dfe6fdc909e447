package org.precedent.ingest;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Example;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.volume.Slicing;
import org.precedent.ingest.folder.AnnotatedVolume;
import org.precedent.ingest.folder.Case;

/**
 * A volume's slices on their way into the catalogue: each with its stored samples, its place in the
 * series and in the patient. A label that a slice does not show is known to be absent from it,
 * which is a support, too: without such ones a network finds every structure in every slice.
 */
public final class VolumeExamples {
    private final AnnotatedVolume volume;
    private final Case of;
    private final Identity identity;
    private boolean[] supporting = new boolean[0];

    /**
     * Whose volume it is.
     *
     * @param modality where the file does not say its own
     */
    public record Identity(String modality, String site, String patient) {}

    /**
     * @param of the case that the volume was read of
     */
    public VolumeExamples(AnnotatedVolume volume, Case of, Identity identity) {
        this.volume = volume;
        this.of = of;
        this.identity = identity;
    }

    /**
     * Reads the masks of all slices, so that a value that means nothing is found before any slice
     * is stored.
     *
     * @param read told every reading
     * @return how many slices will be taken; 0 where none has a label
     * @throws org.precedent.DomainException when a mask cannot be taken
     */
    public int check(Consumer<List<MaskReading>> read) {
        Slicing slicing = volume.slicing();
        Raster blank =
                new Raster(
                        slicing.width(),
                        slicing.height(),
                        1,
                        8,
                        new short[slicing.width() * slicing.height()]);
        boolean[] labelled = new boolean[volume.count()];
        for (int number = 0; number < volume.count(); number++) {
            List<MaskReading> readings = volume.masks(number, blank);
            labelled[number] = !MaskReading.masks(readings).isEmpty();
            read.accept(readings);
        }
        supporting = AnnotatedVolume.supporting(labelled);
        int taken = 0;
        for (boolean one : supporting) {
            taken += one ? 1 : 0;
        }
        return taken;
    }

    /**
     * Gives the slices that are taken, one after another; each is forgotten afterwards. Call {@link
     * #check} first.
     */
    public void forEach(Consumer<Example> example) {
        Mask nothing = volume.nothing();
        for (int number = 0; number < supporting.length; number++) {
            if (!supporting[number]) {
                continue;
            }
            Raster image = volume.slice(number);
            Map<String, Mask> masks = MaskReading.masks(volume.masks(number, image));
            of.labels().forEach(label -> masks.putIfAbsent(label, nothing));
            example.accept(
                    new Example(
                            of.image().getFileName() + " slice " + number,
                            image,
                            origin(number),
                            masks));
        }
    }

    private Example.Origin origin(int number) {
        Slicing slicing = volume.slicing();
        double[] spacing = slicing.spacingMm();
        boolean spaced = spacing[0] > 0 && spacing[1] > 0 && spacing[2] > 0;
        double @Nullable [] known = spaced ? spacing : null;
        return new Example.Origin(
                volume.modality().isEmpty() ? identity.modality() : volume.modality(),
                identity.site(),
                identity.patient(),
                of.id(),
                number,
                known,
                slicing.originMm(number).orElse(null),
                slicing.direction().orElse(null));
    }
}
