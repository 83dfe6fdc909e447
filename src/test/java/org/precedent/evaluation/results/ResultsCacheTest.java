package org.precedent.evaluation.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsCacheTest {
    @TempDir Path folder;

    @Test
    void keepsWhatWasMeasuredAcrossRunsAndCrashes() throws IOException {
        Path file = folder.resolve("a/lines.jsonl");
        List<Map<String, Object>> lines =
                List.of(
                        Map.of("dice_mean", 0.5, "n", 3, "baselines", Map.of("mean_mask", 0.25)),
                        Map.of("label", "liver", "curve", List.of(0.1, 0.2)));
        ResultsCache first = new ResultsCache(file);
        assertThat(first.get("one")).isEmpty();
        first.put("one", lines);
        first.put("nothing", List.of());
        assertThat(new ResultsCache(file).get("one")).contains(lines);
        assertThat(new ResultsCache(file).get("nothing")).contains(List.of());

        String whole = Files.readString(file);
        Files.writeString(file, whole + "{\"key\":\"two\",\"lines\":[{\"dice_m");
        ResultsCache second = new ResultsCache(file);
        assertThat(second.get("two")).isEmpty();
        assertThat(second.get("one")).contains(lines);
        second.put("two", lines);
        ResultsCache third = new ResultsCache(file);
        assertThat(third.get("two")).contains(lines);
        assertThat(third.get("one")).contains(lines);
    }
}
