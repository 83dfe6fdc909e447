package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import picocli.CommandLine;

/** The same folder ingested again with other patients, and queries from the command line. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class IngestIdentityTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(51).patients(4);

    @TempDir Path folder;

    private String task;

    private record Run(int status, String out, String err) {}

    private static Run run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status = commandLine.execute(args);
        return new Run(status, out.toString(), err.toString());
    }

    @BeforeEach
    void write() throws IOException {
        task = "t-" + UUID.randomUUID();
        Files.createDirectories(folder.resolve("images"));
        Files.createDirectories(folder.resolve("masks/spine"));
        for (Phantom phantom : PHANTOMS) {
            Files.write(
                    folder.resolve("images/" + phantom.id() + ".png"),
                    PngWriter.png(phantom.image()));
            Files.write(
                    folder.resolve("masks/spine/" + phantom.id() + ".png"),
                    PngWriter.png(phantom.masks().get("spine")));
        }
    }

    private Run ingest(String... more) {
        String[] args = new String[4 + more.length];
        args[0] = "ingest";
        args[1] = folder.toString();
        args[2] = "--task";
        args[3] = task;
        System.arraycopy(more, 0, args, 4, more.length);
        return run(args);
    }

    @Test
    void anotherPatientRegexFindsWhatIsThereAndSaysWhatItIs() {
        int n = PHANTOMS.size();
        Run first = ingest();
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(first.err()).contains(n + " images: " + n + " new");
        Run again = ingest();
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.err()).contains("0 new").contains(n + " here already");

        Run other = ingest("--patient-regex", "^([^-]+)");
        assertThat(other.status()).isEqualTo(3);
        assertThat(other.err())
                .contains("0 new")
                .contains(n + " refused")
                .contains(n + " images are in pool default already, as of another patient")
                .contains("--same-pixels allow")
                .contains("at version 1");
        for (Phantom phantom : PHANTOMS) {
            assertThat(other.err())
                    .contains("(" + phantom.id() + ".png), of patient \"" + phantom.id() + "\"")
                    .contains("this one says patient \"" + phantom.patient() + "\"");
        }
        // Another case is the same patient; another site is not the same source.
        assertThat(ingest("--site", "UNKNOWN ").err()).contains(n + " here already");
        Run site = ingest("--site", "south");
        assertThat(site.status()).isEqualTo(3);
        assertThat(site.err()).contains("of another site").doesNotContain("\"unknown\"");

        Run pool = ingest("--patient-regex", "^([^-]+)", "--pool", "again");
        assertThat(pool.status()).as(pool.err()).isZero();
        assertThat(pool.err()).contains(n + " new").contains(n + " images have the same pixels");
        Run allowed = ingest("--patient-regex", "^([^-]+)", "--same-pixels", "allow");
        assertThat(allowed.status()).as(allowed.err()).isZero();
        assertThat(allowed.err()).contains("at version 2");
    }

    @Test
    void onePictureUnderTwoNamesInAFolderIsTakenOnceAndTheOtherNamed() throws IOException {
        String id = PHANTOMS.getFirst().id();
        for (String kind : List.of("images/", "masks/spine/")) {
            Files.copy(folder.resolve(kind + id + ".png"), folder.resolve(kind + "zz-again.png"));
        }
        Run run = ingest();
        assertThat(run.status()).isEqualTo(3);
        assertThat(run.err())
                .contains(PHANTOMS.size() + 1 + " images: ")
                .contains(" 0 here already, 1 refused; pool default is at version 1")
                .contains("zz-again.png: pool default holds the same pixels already")
                .contains(id + ".png");
    }

    @Test
    void aQueryNamesWhatItLeavesOut() throws IOException {
        ingest();
        Phantom own = PHANTOMS.getFirst();
        String image = folder.resolve("images/" + own.id() + ".png").toString();
        Run left = run("retrieve", image, "--task", task);
        assertThat(left.status()).as(left.err()).isZero();
        JsonNode label = new ObjectMapper().readTree(left.out()).get("labels").get(0);
        assertThat(label.get("leftOut").get(0).get("name").asText()).isEqualTo(own.id() + ".png");
        assertThat(label.get("supports")).hasSize(PHANTOMS.size() - 1);
        Run wrong = run("retrieve", image, "--task", task, "--near-duplicates", "maybe");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("nearDuplicates").contains("leave-out");
        assertThat(run("segment", "--help").out()).contains("--near-duplicates=leave-out|allow");
        assertThat(run("ingest", "--help").out()).contains("--same-pixels");
    }
}
