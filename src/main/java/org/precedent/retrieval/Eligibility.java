package org.precedent.retrieval;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.precedent.ReviewState;
import org.precedent.index.ImageSearch;
import org.precedent.index.SupportFilter;

/**
 * How many images are left after each condition of a filter, in the order in which a person would
 * ask: is the label annotated here at all, was it reviewed, is it of this site, of another patient,
 * and not the query itself.
 *
 * @param filter the whole filter
 * @param annotated images of the pool version that are annotated with the label
 * @param reviewed of these, in an acceptable review state
 * @param onSite of these, of the site
 * @param otherPatient of these, not of the query's patient
 * @param otherPixels of these, not the query's own pixels
 * @param eligible of these, not left out because they show the query's picture or another support's
 * @param told whether the asker may hear whom and what the query's patient and picture took away:
 *     of images of other sites that would tell whether a patient is there
 */
record Eligibility(
        SupportFilter filter,
        int annotated,
        int reviewed,
        int onSite,
        int otherPatient,
        int otherPixels,
        int eligible,
        boolean told) {

    /** What took the last image away. */
    enum Obstacle {
        /** The pool holds no annotation of the label at this version. */
        NOT_ANNOTATED,
        /** None is in an acceptable review state. */
        REVIEW_STATE,
        /** None is of the site. */
        SITE,
        /** All are of the query's patient. */
        PATIENT,
        /** The only one is the query itself. */
        ITSELF,
        /** All that are left show the query's picture. */
        SAME_PICTURE,
        /** None may serve this query, for a reason that is not told across sites. */
        NOT_TOLD
    }

    static Eligibility of(ImageSearch index, SupportFilter filter) {
        SupportFilter onSite = filter.excluding(null, null);
        SupportFilter reviewed = onSite.withSite(null);
        return new Eligibility(
                filter,
                index.count(reviewed.withStates(EnumSet.allOf(ReviewState.class))),
                index.count(reviewed),
                index.count(onSite),
                index.count(filter.excluding(filter.excludedPatientKey(), null)),
                index.count(filter.excludingImages(Set.of())),
                index.count(filter),
                isTold(index, filter));
    }

    /** Whether the asker's site has all images that a query may be kept from. */
    private static boolean isTold(ImageSearch index, SupportFilter filter) {
        String home = filter.askersSite();
        if (home == null) {
            return true;
        }
        SupportFilter all = filter.excluding(null, null);
        boolean others = all.site() != null && !all.site().equals(home);
        return index.count(all) == (others ? 0 : index.count(all.withSite(home)));
    }

    /**
     * How many images an asker hears that passed a filter: where images of other sites are among
     * them, with those of the query's own patient and pictures, so that the number is the same
     * whoever's image it is.
     */
    static int told(ImageSearch index, SupportFilter filter, int eligible) {
        return isTold(index, filter) ? eligible : index.count(filter.excluding(null, null));
    }

    /** The first condition that nothing meets; call when nothing is eligible. */
    Obstacle obstacle() {
        if (annotated == 0) {
            return Obstacle.NOT_ANNOTATED;
        }
        if (reviewed == 0) {
            return Obstacle.REVIEW_STATE;
        }
        if (onSite == 0) {
            return Obstacle.SITE;
        }
        if (!told) {
            return Obstacle.NOT_TOLD;
        }
        if (otherPatient == 0) {
            return Obstacle.PATIENT;
        }
        return otherPixels == 0 ? Obstacle.ITSELF : Obstacle.SAME_PICTURE;
    }

    /**
     * One sentence on what is missing and what to do.
     *
     * @param pool its name for people, e.g. {@code pool default of task abdomen}
     * @param label its name for people, e.g. {@code label liver}
     */
    String explanation(String pool, String label) {
        return switch (obstacle()) {
            case NOT_ANNOTATED -> "no image of " + pool + " is annotated with " + label;
            case REVIEW_STATE ->
                    "all "
                            + annotated
                            + " annotations of "
                            + label
                            + " in "
                            + pool
                            + " are in another review state than "
                            + states()
                            + ": review them, or accept other states";
            case SITE ->
                    "none of the "
                            + reviewed
                            + " images of "
                            + pool
                            + " with "
                            + label
                            + " is of site "
                            + filter.site();
            case PATIENT ->
                    "all "
                            + onSite
                            + " images of "
                            + pool
                            + " with "
                            + label
                            + " are of the query's own patient";
            case ITSELF ->
                    "the only image of "
                            + pool
                            + " with "
                            + label
                            + " that may serve is the query itself";
            case NOT_TOLD ->
                    "none of the "
                            + onSite
                            + " images of "
                            + pool
                            + " with "
                            + label
                            + " may serve this query";
            case SAME_PICTURE ->
                    "all "
                            + otherPixels
                            + " images of "
                            + pool
                            + " with "
                            + label
                            + " that may serve show the query's own picture: add others, or allow near"
                            + " duplicates";
        };
    }

    /** Where the images went, e.g. {@code 12 annotated; 3 in another review state}. */
    String breakdown() {
        StringBuilder text = new StringBuilder();
        text.append(annotated).append(" annotated");
        lost(text, annotated - reviewed, "in another review state than " + states());
        lost(text, reviewed - onSite, "of another site");
        if (!told) {
            return text.toString();
        }
        lost(text, onSite - otherPatient, "of the query's patient");
        lost(text, otherPatient - otherPixels, "with the query's own pixels");
        lost(
                text,
                otherPixels - eligible,
                "left out as the picture of the query or another support");
        return text.toString();
    }

    private static void lost(StringBuilder text, int count, String why) {
        if (count > 0) {
            text.append("; ").append(count).append(' ').append(why);
        }
    }

    private String states() {
        List<ReviewState> sorted = filter.states().stream().sorted().toList();
        return sorted.stream().map(ReviewState::word).collect(Collectors.joining(" or "));
    }
}
