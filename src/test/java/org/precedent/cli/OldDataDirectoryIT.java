package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.cli.OldDataDirectory.HttpCalls;

/**
 * The packaged application on a whole data directory of the version before the floor plan: it
 * migrates, projects, finds every answer as it was told and computes each again.
 */
class OldDataDirectoryIT {
    private static final Logger LOG = Logger.getLogger(OldDataDirectoryIT.class);
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));
    private static final Duration LIMIT = Duration.ofMinutes(4);

    @TempDir Path work;

    @Test
    void everyRecordedAnswerIsFoundAndReplays() throws Exception {
        try (PackagedProcesses processes =
                new PackagedProcesses(HOME, work, OldDataDirectory.environment())) {
            JsonNode said;
            try (InputStream recording =
                    Objects.requireNonNull(
                            getClass().getResourceAsStream("/data-directories/schema-5.zip"))) {
                said =
                        OldDataDirectory.restore(
                                recording, HOME.resolve("migrations"), processes.data());
            }
            assertThat(said.get("schema").asText()).isEqualTo("5");
            PackagedProcesses.Service service = processes.serve();
            HttpCalls calls = new HttpCalls(processes.awaitPort(service, LIMIT));

            int labels = 0;
            int sameMasks = 0;
            List<String> different = new ArrayList<>();
            for (JsonNode before : said.get("answers")) {
                String id = before.get("id").asText();
                JsonNode now = calls.json("GET", "/v1/segmentations/" + id, "");
                assertThat(missing("answer", before, now)).isEmpty();
                assertThat(now.get("inputRange").asText()).isEqualTo("min-max");
                for (JsonNode label : now.get("labels")) {
                    for (String picture : OldDataDirectory.PICTURES) {
                        String path = label.get(picture).asText();
                        assertThat(calls.pixelsSha256(path))
                                .as(path)
                                .isEqualTo(said.get("pictures").get(path).asText());
                    }
                }
                JsonNode replay = calls.json("POST", "/v1/segmentations/" + id + "/replay", "");
                assertThat(replay.get("labels")).hasSameSizeAs(before.get("labels"));
                for (JsonNode label : replay.get("labels")) {
                    String mask = "/labels/" + label.get("label").asText() + "/mask.png";
                    labels++;
                    sameMasks +=
                            said.get("pictures")
                                            .get("/v1/segmentations/" + id + mask)
                                            .equals(label.get("maskSha256"))
                                    ? 1
                                    : 0;
                    if (!label.get("identical").asBoolean()
                            && replay.get("comparable").asBoolean()) {
                        different.add(before.get("strategy").asText() + " " + label);
                    }
                    // Another order of sums moves a probability by less than anybody can see.
                    assertThat(label.get("difference").asDouble())
                            .as(before.get("strategy").asText() + " " + label)
                            .isLessThan(0.002);
                }
            }
            assertThat(labels).isEqualTo(12);
            if (said.get("processor").asText().equals(OldDataDirectory.processor())) {
                assertThat(different).isEmpty();
            } else {
                // Sums in another order are other bits, and the order is the processor's choice;
                // they move few masks, if any.
                LOG.infof(
                        "recorded on %s, run on %s: %d of %d labels are other bits, %d masks the same",
                        said.get("processor").asText(),
                        OldDataDirectory.processor(),
                        different.size(),
                        labels,
                        sameMasks);
                assertThat(sameMasks).isGreaterThanOrEqualTo(labels / 2);
            }
            service.process().destroy();
            assertThat(service.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(processes.run(LIMIT, "index", "verify")).contains(" 0 differences");
        }
    }

    /** What was said before and is said no more, or otherwise: fields may only be added. */
    private static List<String> missing(String path, JsonNode before, JsonNode now) {
        List<String> missing = new ArrayList<>();
        if (before.isObject() && now.isObject()) {
            before.fieldNames()
                    .forEachRemaining(name ->
                            missing.addAll(
                                    missing(path + "." + name, before.get(name), now.path(name))));
        } else if (before.isArray() && now.isArray() && before.size() == now.size()) {
            for (int i = 0; i < before.size(); i++) {
                missing.addAll(missing(path + "[" + i + "]", before.get(i), now.get(i)));
            }
        } else if (!before.equals(now)) {
            missing.add(path + " was " + before + " and is " + now);
        }
        return missing;
    }
}
