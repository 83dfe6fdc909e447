package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ServiceException;
import picocli.CommandLine;

class QueryOptionsTest {
    @TempDir Path folder;

    /** An option that stays behind would be answered as if it had not been given. */
    @Test
    void everyOptionReachesARunningService() throws Exception {
        Path image = Files.write(folder.resolve("q.png"), new byte[] {1, 2, 3});
        QueryOptions options =
                CommandLine.populateCommand(
                        new QueryOptions(),
                        image.toString(),
                        "--task=abdomen",
                        "--label=liver",
                        "--pool=north",
                        "--pool-version=3",
                        "--support-size=4",
                        "--tau=0.5",
                        "--strategy=image",
                        "--seed=9",
                        "--site=here",
                        "--patient=p-1",
                        "--near-duplicates=allow",
                        "--close-up");
        String body = new String(options.form().bytes(), StandardCharsets.ISO_8859_1);
        assertThat(Pattern.compile("; name=\"([A-Za-z]+)\"").matcher(body).results())
                .extracting(found -> found.group(1))
                .as("the parts of the API's form of a query")
                .containsExactlyInAnyOrder(
                        "image",
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
                        "closeUp");
        assertThatThrownBy(options::requireNothingAboutLooks)
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("--close-up")
                .hasMessageContaining("evaluate --protocol leave-one-out");
        assertThat(body).contains("q.png", "\u0001\u0002\u0003", "allow");
    }

    @Test
    void howOftenToLookIsSaidWithoutAValue() {
        for (String unclear : new String[] {"--no-close-up=false", "--close-up=true"}) {
            assertThatThrownBy(() ->
                            new CommandLine(new QueryOptions())
                                    .parseArgs("--task=abdomen", unclear))
                    .isInstanceOf(CommandLine.ParameterException.class)
                    .hasMessageContaining("close-up");
        }
        assertThat(
                        Main.asWritten(
                                "option '--close-up' (<closeUp>) should be specified without 'false'"
                                        + " parameter",
                                "segment",
                                "--no-close-up=false"))
                .startsWith("option '--no-close-up' ");
        assertThat(Main.asWritten("option '--close-up'", "--close-up=true", "--no-close-up"))
                .isEqualTo("option '--close-up'");
        QueryOptions never = new QueryOptions();
        new CommandLine(never).parseArgs("--task=abdomen", "--no-close-up");
        assertThatThrownBy(never::requireNothingAboutLooks)
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("--no-close-up");
    }
}
