package org.precedent.adaptation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.precedent.network.Episode;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;

/**
 * Whether adapted weights may answer. Patients who took no part in training are asked about with
 * the weights of before and with the adapted ones, from the same supports; what counts is the mean
 * gain of Dice over patients, not over images.
 *
 * @param open whether they may
 * @param gain mean over patients of the mean gain of their images
 * @param gainWithoutBest the same without the patient who gained most
 * @param patients who were asked about
 * @param before mean Dice over these patients before
 * @param after and with the adapted weights
 * @param reason why it is closed, or why it is open, for people
 */
public record AdaptationGate(
        boolean open,
        double gain,
        double gainWithoutBest,
        int patients,
        double before,
        double after,
        String reason) {
    /** Supports of a question, at most. */
    static final int SUPPORTS = 16;

    /** Images of one patient that are asked about, at most; more tell little. */
    private static final int IMAGES_OF_A_PATIENT = 4;

    /** Dice of a patient's images before and after, mean of them. */
    record PatientDice(String patient, double before, double after) {}

    /** Told of every answer. */
    public interface Observer {
        void answered(int done, int total);
    }

    static AdaptationGate of(List<PatientDice> patients) {
        int n = patients.size();
        if (n < 2) {
            return new AdaptationGate(
                    false, 0, 0, n, 0, 0, "fewer than 2 patients could be asked about");
        }
        double before = 0;
        double after = 0;
        double best = Double.NEGATIVE_INFINITY;
        for (PatientDice one : patients) {
            before += one.before / n;
            after += one.after / n;
            best = Math.max(best, one.after - one.before);
        }
        double gain = after - before;
        double others = (gain * n - best) / (n - 1);
        boolean open = gain > 0 && others > 0;
        String reason =
                open
                        ? "better on patients held back"
                        : gain > 0
                                ? "one patient held back carries the whole gain"
                                : "not better on patients held back";
        return new AdaptationGate(open, gain, others, n, before, after, reason);
    }

    /**
     * Asks about patients who were held back.
     *
     * @param before the network as it was
     * @param after the adapted one
     * @param asked the images of these patients
     * @param supports the images that were trained on
     */
    public static AdaptationGate measure(
            SegmentationNetwork before,
            SegmentationNetwork after,
            AdaptationPool asked,
            AdaptationPool supports,
            long seed,
            Observer observer) {
        List<Question> questions = questions(asked, supports, seed);
        Encodings ofBefore = new Encodings(before, supports.side());
        Encodings ofAfter = new Encodings(after, supports.side());
        Map<String, List<double[]>> byPatient = new LinkedHashMap<>();
        int done = 0;
        for (Question question : questions) {
            double[] dice = {ofBefore.dice(question), ofAfter.dice(question)};
            byPatient.computeIfAbsent(question.query.patient(), p -> new ArrayList<>()).add(dice);
            observer.answered(++done, questions.size());
        }
        List<PatientDice> patients = new ArrayList<>();
        byPatient.forEach((patient, dice) ->
                patients.add(
                        new PatientDice(
                                patient,
                                dice.stream().mapToDouble(d -> d[0]).average().orElseThrow(),
                                dice.stream().mapToDouble(d -> d[1]).average().orElseThrow())));
        return of(patients);
    }

    private record Question(AdaptationImage query, String label, List<AdaptationImage> supports) {}

    private static List<Question> questions(
            AdaptationPool asked, AdaptationPool supports, long seed) {
        Random random = new Random(seed);
        List<AdaptationImage> images = new ArrayList<>(asked.images());
        images.sort(Comparator.comparing(AdaptationImage::id));
        Collections.shuffle(images, random);
        Map<String, Integer> taken = new LinkedHashMap<>();
        List<Question> questions = new ArrayList<>();
        for (AdaptationImage query : images) {
            if (taken.merge(query.patient(), 1, Integer::sum) > IMAGES_OF_A_PATIENT) {
                continue;
            }
            for (String label : query.masks().keySet().stream().sorted().toList()) {
                List<AdaptationImage> of = new ArrayList<>(supports.supportsOf(query, label));
                Collections.shuffle(of, random);
                if (!of.isEmpty()) {
                    questions.add(
                            new Question(
                                    query, label, of.subList(0, Math.min(SUPPORTS, of.size()))));
                }
            }
        }
        return questions;
    }

    /** A network with the encodings of the supports that it was asked from. */
    private static final class Encodings {
        private final SegmentationNetwork network;
        private final int side;
        private final Map<String, Map<String, SupportEncoding>> kept = new LinkedHashMap<>();

        Encodings(SegmentationNetwork network, int side) {
            this.network = network;
            this.side = side;
        }

        double dice(Question question) {
            List<Episode.Support> supports = new ArrayList<>();
            for (AdaptationImage one : question.supports) {
                supports.add(
                        new Episode.Support(
                                encoding(one, question.label), 1.0 / question.supports.size()));
            }
            float[] logits =
                    network.segment(Episode.of(side, side, question.query.image(), supports))
                            .logits();
            return dice(logits, EpisodeSampler.mask(question.query, question.label));
        }

        private SupportEncoding encoding(AdaptationImage image, String label) {
            Map<String, SupportEncoding> of =
                    kept.computeIfAbsent(
                            image.id(),
                            id -> {
                                List<String> labels = List.copyOf(image.masks().keySet());
                                List<SupportEncoding> encoded =
                                        network.encode(
                                                new SupportImage(
                                                        side,
                                                        side,
                                                        image.image(),
                                                        List.copyOf(image.masks().values())));
                                Map<String, SupportEncoding> byLabel = new LinkedHashMap<>();
                                for (int i = 0; i < labels.size(); i++) {
                                    byLabel.put(labels.get(i), encoded.get(i));
                                }
                                return byLabel;
                            });
            SupportEncoding encoding = of.get(label);
            if (encoding == null) {
                throw new IllegalStateException(image.id() + " was not encoded for " + label);
            }
            return encoding;
        }

        private static double dice(float[] logits, float[] mask) {
            long both = 0;
            long sum = 0;
            for (int i = 0; i < logits.length; i++) {
                boolean a = logits[i] > 0;
                boolean b = mask[i] >= 0.5f;
                both += a && b ? 1 : 0;
                sum += (a ? 1 : 0) + (b ? 1 : 0);
            }
            return sum == 0 ? 1 : 2.0 * both / sum;
        }
    }
}
