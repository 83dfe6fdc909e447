package org.precedent.api;

import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.catalog.Answer.SliceOfStudy;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.query.Query;
import org.precedent.study.StudyArchive;
import org.precedent.study.StudyJobs;

/** The form of a query. */
final class QueryForm {
    private static final String IMAGE = "image";
    private static final String STUDY = "study";
    private static final String STUDY_UID = "studyUid";
    private static final String CLOSE_UP = "closeUp";
    private static final String NETWORK = "network";

    /** Of both questions. */
    private static final List<String> PARTS =
            List.of(
                    "task",
                    "labels",
                    "pool",
                    "poolVersion",
                    "supportSize",
                    "temperature",
                    "strategy",
                    "seed",
                    "site",
                    "patient",
                    "nearDuplicates",
                    "series");

    private static final List<String> OF_AN_IMAGE = List.of(IMAGE, "sliceIndex");
    private static final List<String> OF_AN_IMAGE_TO_SEGMENT =
            List.of(IMAGE, "sliceIndex", CLOSE_UP);
    private static final List<String> OF_A_STUDY =
            List.of(STUDY, "name", "axis", "modality", "burntIn", CLOSE_UP, NETWORK);
    private static final List<String> OF_THE_ARCHIVE =
            List.of(
                    STUDY_UID,
                    "seriesUid",
                    "push",
                    "name",
                    "axis",
                    "modality",
                    "burntIn",
                    CLOSE_UP,
                    NETWORK);

    private QueryForm() {}

    /** For the API description: what supports are retrieved for. */
    @Schema(name = "Query", description = "An image, its task, and by what precedent to answer.")
    static class Described {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = Forms.IMAGE_FILE)
        public @Nullable String image;

        @Schema(required = true, description = "Name of the task.")
        public @Nullable String task;

        @Schema(
                description =
                        "Names of labels, repeated or comma-separated. Default: all of the task.")
        public @Nullable List<String> labels;

        @Schema(defaultValue = "default", description = "Name of the support pool.")
        public @Nullable String pool;

        @Schema(
                description =
                        "Version of the pool, its number or the name that curators gave it. Default:"
                                + " the current one.")
        public @Nullable String poolVersion;

        @Schema(
                minimum = "1",
                maximum = "1024",
                defaultValue = "16",
                description = "How many supports a label gets at most (K).")
        public @Nullable Integer supportSize;

        @Schema(
                defaultValue = "pool",
                description =
                        "How sharply similar supports are preferred. \"pool\": the one chosen for the pool, uniform where none was;"
                                + " \"uniform\"; or tau from 1e-5 to 100 in softmax(similarity /"
                                + " tau).")
        public @Nullable String temperature;

        @Schema(
                enumeration = {"random", "image", "location", "object", "fused"},
                defaultValue = "image",
                description =
                        "What is compared: whole images, locations along the contour of a first answer,"
                                + " objects of a first answer, all three fused; or supports at"
                                + " random.")
        public @Nullable String strategy;

        @Schema(
                defaultValue = "0",
                description = "Decides the random strategy; any 64-bit whole number.")
        public @Nullable Long seed;

        @Schema(maxLength = 200, description = "Only supports of this site. Default: of any site.")
        public @Nullable String site;

        @Schema(
                maxLength = 200,
                description =
                        "The patient's pseudonym: this patient's own images never support the query."
                                + " Default: not known, and nothing is left out for it.")
        public @Nullable String patient;

        @Schema(
                enumeration = {"leave-out", "allow"},
                defaultValue = "leave-out",
                description =
                        "what becomes of supports that show nearly the query's own picture (encoded,"
                                + " scaled, brightened or cut anew): left out and named under"
                                + " leftOut, or allowed; the query's own pixels never support it")
        public @Nullable String nearDuplicates;

        @Schema(
                maxLength = 200,
                description =
                        "The study of the patient that the image is a slice of, or by which the sent"
                                + " one is known: as it was called when slices of it were ingested."
                                + " Where the pool's policy is own-study, its annotated slices support"
                                + " its others. Default: none of an image; of a study its name without"
                                + " suffix; of one of the archive a keyed hash of its series' UID.")
        public @Nullable String series;

        @Schema(
                minimum = "0",
                description = "With an image of a series: which slice of it the image is, from 0.")
        public @Nullable Integer sliceIndex;
    }

    /** For the API description: what is segmented, an image or a study. */
    @Schema(
            name = "SegmentationQuery",
            description =
                    "An image or a study, its task, and by what precedent to answer: of a study, each of"
                            + " its slices.")
    static final class DescribedWithStudy extends Described {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                description = "Unless a study is sent: " + Forms.IMAGE_FILE)
        public @Nullable String image;

        @Schema(
                enumeration = {"pool", "true", "false"},
                defaultValue = "pool",
                description =
                        "whether each label's answer is looked at again from nearer by, the query cut"
                                + " out around it and the supports around their masks: better where"
                                + " objects are small and found roughly, for about twice the time."
                                + " `pool` does it where the pool's own images gained by it when it"
                                + " calibrated itself; before that there is one look")
        public @Nullable String closeUp;

        @Schema(
                type = SchemaType.ARRAY,
                description =
                        "Instead of an image: one file of a volume (NIfTI, NRRD, DICOM), the files of"
                                + " one DICOM series, each a part of this name, or a zip of either; at"
                                + " most 256 MB. The answer is then 202.",
                implementation = StudyFile.class)
        public @Nullable List<StudyFile> study;

        @Schema(
                maxLength = 64,
                description =
                        "Instead of an image or a study: the Study Instance UID of a study of the"
                                + " archive (`precedent.dicomweb.url`), from which it is fetched. The"
                                + " answer is then 202.")
        public @Nullable String studyUid;

        @Schema(
                maxLength = 64,
                description =
                        "Of a study of the archive: the Series Instance UID of the series that is"
                                + " meant. Default: the only one with images.")
        public @Nullable String seriesUid;

        @Schema(
                defaultValue = "false",
                description =
                        "Of a study of the archive: whether its segmentation is stored there when it"
                                + " is done.")
        public @Nullable Boolean push;

        @Schema(
                maxLength = 180,
                description =
                        "What a study is called in its answers. Default: its file's name; \"study\""
                                + " where it comes in several, or from the archive.")
        public @Nullable String name;

        @Schema(
                enumeration = {"widest", "i", "j", "k", "axial", "coronal", "sagittal"},
                description =
                        "Along which axis a study is cut into slices. Default: as the pool's slices"
                                + " lie, else the one with the widest steps, else the last.")
        public @Nullable String axis;

        @Schema(
                defaultValue = "unknown",
                maxLength = 200,
                description =
                        "Of a study whose file does not say it, e.g. CT, which decides its range of"
                                + " values.")
        public @Nullable String modality;

        @Schema(
                enumeration = {"iris3d"},
                description =
                        "Of a study: a network of three dimensions that segments all slices at once,"
                                + " from whole volumes of the pool (at most 64; strategy image or"
                                + " random); its weights must have been imported. Default: the"
                                + " pool's network, slice by slice.")
        public @Nullable String network;

        @Schema(
                enumeration = {"refused", "allowed"},
                defaultValue = "refused",
                description =
                        "Of a DICOM study that says, or does not deny, that annotations are burnt into"
                                + " its pixels: `allowed` asserts that they are clean, which is kept"
                                + " in the audit.")
        public @Nullable String burntIn;
    }

    /** For the API description: one file of a study. */
    @Schema(
            name = "StudyFile",
            type = SchemaType.STRING,
            format = "binary",
            description = "A file, told by its content and not by its name.")
    static final class StudyFile {}

    /** Whether a form asks about a study, not about an image. */
    static boolean isStudy(MultipartFormDataInput form) {
        return Forms.parts(form).contains(STUDY) || isOfTheArchive(form);
    }

    private static boolean isOfTheArchive(MultipartFormDataInput form) {
        return Forms.parts(form).contains(STUDY_UID);
    }

    /** What a form asks about an image that is to be segmented. */
    static Query toSegment(MultipartFormDataInput form) {
        return ofImage(form, OF_AN_IMAGE_TO_SEGMENT);
    }

    /** What a form asks about an image whose supports alone are wanted: no answer is looked at. */
    static Query toRetrieve(MultipartFormDataInput form) {
        return ofImage(form, OF_AN_IMAGE);
    }

    private static Query ofImage(MultipartFormDataInput form, List<String> others) {
        if (Forms.parts(form).contains(NETWORK)) {
            throw ServiceException.badParameter(
                    NETWORK,
                    String.valueOf(Forms.text(form, NETWORK)),
                    "a study: networks that are asked for by name segment whole volumes");
        }
        requireKnown(form, others);
        String series = Forms.text(form, "series");
        String slice = Forms.text(form, "sliceIndex");
        if ((series == null) != (slice == null)) {
            throw ServiceException.badParameter(
                    series == null ? "series" : "sliceIndex", "", "is missing: send both or none");
        }
        return query(
                form,
                Forms.requireFile(form, IMAGE),
                series == null
                        ? null
                        : new SliceOfStudy(
                                series, (int) Forms.integer(form, "sliceIndex", 0, 0, 65_535)));
    }

    /** What a form asks of every slice of a study. */
    static Query ofSlices(MultipartFormDataInput form) {
        boolean archived = isOfTheArchive(form);
        for (String other : archived ? List.of(IMAGE, STUDY) : List.of(IMAGE)) {
            if (Forms.parts(form).contains(other)) {
                throw ServiceException.badParameter(
                        "part",
                        other,
                        "comes without the part "
                                + (archived ? STUDY_UID : STUDY)
                                + ": send an image, a study or the UID of one");
            }
        }
        requireKnown(form, archived ? OF_THE_ARCHIVE : OF_A_STUDY);
        return query(form, StudyJobs.noImage(STUDY), null);
    }

    /** The study of a form. */
    static StudyJobs.Submission study(MultipartFormDataInput form) {
        String axis = Forms.text(form, "axis");
        String name = Forms.text(form, "name");
        return new StudyJobs.Submission(
                isOfTheArchive(form)
                        ? new StudyJobs.Origin.Archived(
                                new StudyArchive.Wanted(
                                        Forms.requireText(form, STUDY_UID).strip(),
                                        stripped(Forms.text(form, "seriesUid"))),
                                yes("push", Forms.text(form, "push")))
                        : new StudyJobs.Origin.Sent(Forms.files(form, STUDY)),
                name == null ? null : Forms.lastPart(name),
                axis == null ? null : axis(axis),
                Objects.requireNonNullElse(Forms.text(form, "modality"), "unknown"),
                Forms.text(form, "series"),
                BurntIn.of("burntIn", Forms.text(form, "burntIn")),
                stripped(Forms.text(form, NETWORK)));
    }

    private static @Nullable String stripped(@Nullable String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }

    private static CloseUps closeUps(@Nullable String word) {
        return word == null ? CloseUps.POOL : Query.closeUps(CLOSE_UP, word);
    }

    private static boolean yes(String field, @Nullable String word) {
        if (word == null || word.equals("false")) {
            return false;
        }
        if (!word.equals("true")) {
            throw ServiceException.badParameter(field, word, "\"true\" or \"false\"");
        }
        return true;
    }

    private static SliceAxis axis(String word) {
        try {
            return SliceAxis.of(word);
        } catch (IllegalArgumentException e) {
            throw ServiceException.badParameter("axis", word, "one of " + SliceAxis.words());
        }
    }

    private static void requireKnown(MultipartFormDataInput form, List<String> others) {
        for (String part : Forms.parts(form)) {
            if (!PARTS.contains(part) && !others.contains(part)) {
                throw ServiceException.badParameter(
                        "part",
                        part,
                        "expected one of "
                                + String.join(", ", others)
                                + ", "
                                + String.join(", ", PARTS));
            }
        }
    }

    private static Query query(
            MultipartFormDataInput form, ImageSource image, @Nullable SliceOfStudy slice) {
        return new Query(
                image,
                Forms.requireText(form, "task"),
                Forms.list(form, "labels"),
                Objects.requireNonNullElse(Forms.text(form, "pool"), "default"),
                Forms.text(form, "poolVersion"),
                (int)
                        Forms.integer(
                                form,
                                "supportSize",
                                Query.DEFAULT_SUPPORTS,
                                1,
                                Query.MOST_SUPPORTS),
                Query.temperature(Forms.text(form, "temperature")),
                Query.strategy(Forms.text(form, "strategy")),
                Forms.integer(form, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE),
                Forms.text(form, "site"),
                Forms.text(form, "patient"),
                Query.nearDuplicates(Forms.text(form, "nearDuplicates")),
                slice,
                closeUps(Forms.text(form, CLOSE_UP)));
    }
}
