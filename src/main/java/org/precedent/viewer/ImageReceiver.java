package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.catalog.Names;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.SentVolume;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/** Reads the images that viewers send, by their content and not by their names. */
@ApplicationScoped
public class ImageReceiver {
    private static final String UNKNOWN = "unknown";

    /** What a volume's file becomes, compressed samples and their form as numbers included. */
    private static final long UNPACKED = 8;

    private final ImageDecoder pictures;
    private final DecodingMemory memory;
    private final DataSecrets secrets;

    ImageReceiver(Limits limits, DecodingMemory memory, DataSecrets secrets) {
        this.pictures = new ImageDecoder(limits);
        this.memory = memory;
        this.secrets = secrets;
    }

    /**
     * What is said of an image beside its files; null where nothing is.
     *
     * @param patient a pseudonym
     */
    public record Said(@Nullable String patient, @Nullable String modality) {
        /** Nothing is said. */
        public static final Said NOTHING = new Said(null, null);

        public Said {
            patient = patient == null ? null : Names.requireText("params.patient", patient);
            modality = modality == null ? null : Names.requireText("params.modality", modality);
        }
    }

    /**
     * Reads an image.
     *
     * @param part of the form that the files came in, for messages
     * @param files one picture, one volume, the DICOM files of one series, or a zip file of them
     * @param name what the viewer calls it; null for the first file's name
     * @throws ImagingException when it cannot be read correctly
     */
    public ViewedImage read(String part, List<SentFile> files, @Nullable String name, Said said) {
        if (files.isEmpty()) {
            throw ServiceException.badParameter(part, "", "is missing");
        }
        SentFile first = files.getFirst();
        String called = Names.requireFileName(name == null ? first.name() : name);
        return ImagingException.about(
                "image (part " + part + ")",
                Map.of("part", part),
                () -> {
                    Optional<ImageFormat> picture =
                            files.size() == 1
                                    ? ImageFormat.ofContent(first.bytes())
                                    : Optional.empty();
                    return picture.isPresent()
                            ? picture(first, picture.get(), called, said)
                            : scan(files, called, said);
                });
    }

    private ViewedImage picture(SentFile file, ImageFormat format, String name, Said said) {
        String typed =
                ImageFormat.ofName(file.name()).equals(Optional.of(format))
                        ? file.name()
                        : file.name() + "." + format.suffixes().get(0);
        Raster raster = memory.during(() -> pictures.decode(file.bytes(), typed));
        return new ViewedImage.Picture(
                name,
                raster,
                Objects.requireNonNullElseGet(said.patient(), () -> nobody(raster.toNetpbm())),
                Objects.requireNonNullElse(said.modality(), UNKNOWN),
                null);
    }

    private ViewedImage scan(List<SentFile> files, String name, Said said) {
        Map<String, byte[]> named = new LinkedHashMap<>();
        files.forEach(file ->
                named.put(
                        files.size() == 1 ? file.name() : named.size() + " " + file.name(),
                        file.bytes()));
        // Zip files and volumes become many times what was sent: one of them at a time.
        boolean packed = files.stream().anyMatch(file -> SentVolume.isZip(file.bytes()));
        long bytes = files.stream().mapToLong(file -> file.bytes().length).sum();
        SentVolume sent =
                memory.during(
                        (packed ? Limits.VOLUMES.maxFileBytes() : UNPACKED * bytes)
                                / DecodingMemory.BYTES_PER_PIXEL,
                        () -> SentVolume.read(named, secrets.key(Purpose.PSEUDONYMS)));
        String own = sent.study().volume().meaning().modality();
        String modality =
                own.isEmpty() ? Objects.requireNonNullElse(said.modality(), UNKNOWN) : own;
        String patient =
                said.patient() != null
                        ? said.patient()
                        : sent.patient() != null
                                ? sent.patient()
                                : nobody(sent.study().volume().samples().block());
        return new ViewedImage.Scan(name, sent.study(), patient, name, modality, sent);
    }

    /** Whom nobody named: one a content, so that an image never meets itself. */
    private static String nobody(byte[] content) {
        return "viewer-" + Sha256.of(content).substring(0, 16);
    }
}
