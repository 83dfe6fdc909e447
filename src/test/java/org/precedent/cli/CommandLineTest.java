package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskFiles;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.folder.Case;
import org.precedent.ingest.folder.DatasetFolder;
import org.precedent.ingest.folder.MaskLayout;
import org.precedent.network.iris.SmallIris;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.study.PhantomStudies;
import org.precedent.weights.StateDict;
import picocli.CommandLine;

/** The commands that start nothing, as a user runs them. */
class CommandLineTest {
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));

    @TempDir Path folder;

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

    @Test
    void everyCommandExplainsItself() {
        CommandLine top = Main.commandLine();
        assertThat(top.getSubcommands().keySet())
                .contains(
                        "demo",
                        "serve",
                        "ingest",
                        "segment",
                        "retrieve",
                        "evaluate",
                        "results",
                        "model",
                        "index");
        top.getSubcommands()
                .forEach((name, command) -> {
                    Run help = run(name, "--help");
                    assertThat(help.status()).as(name).isZero();
                    assertThat(help.out()).as(name).contains("Usage: precedent " + name);
                    assertThat(help.out().lines().count()).as(name).isGreaterThan(3);
                });
    }

    @Test
    void mistakesAreToldWithTheUsage() {
        assertThat(run("evaluat").status()).isEqualTo(2);
        assertThat(run("evaluat").err()).contains("evaluate");
        assertThat(run("evaluate").err()).contains("--images");
        assertThat(run("model").status()).isEqualTo(2);
    }

    @Test
    void theReasonOfARefusalIsTheLastLineBelowTheUsage() {
        assertThat(lastLine("segmentt")).contains("'segmentt'");
        assertThat(lastLine("segment", "x.png", "--task", "t", "--frob")).contains("'--frob'");
        assertThat(lastLine("segment", "x.png")).contains("--task");
        assertThat(lastLine("serve", "--port", "many")).contains("--port").contains("many");
        assertThat(lastLine()).contains("Missing command");
        assertThat(lastLine("index")).contains("status");
        assertThat(run("segment", "x.png").err()).contains("Usage: precedent segment");
        // A slip is more likely the reason than what it leaves missing.
        assertThat(run("segment", "x.png", "--tsk", "t").err())
                .contains("unknown here: --tsk")
                .contains("--task");
    }

    private static String lastLine(String... command) {
        Run run = run(command);
        assertThat(run.status()).isEqualTo(2);
        return run.err().lines().toList().getLast();
    }

    @Test
    void evaluatePrintsOneJsonLineALabelAndRepeatsItself() throws IOException {
        write(new Phantoms(3).patients(8));
        String[] command = {
            "evaluate",
            "--images",
            folder.resolve("images/*.png").toString(),
            "--masks",
            folder.resolve("masks").toString(),
            "--label",
            "spine",
            "--label",
            "liver",
            "--patient-regex",
            "^([^-]+)",
            "--support-size",
            "4",
            "--queries",
            "3",
            "--strategy",
            "image",
            "--tau",
            "0.1",
            "--size",
            "64"
        };
        Run first = run(command);
        assertThat(first.status()).as(first.err()).isZero();
        List<String> lines = first.out().lines().toList();
        assertThat(lines).hasSize(2);
        ObjectMapper json = new ObjectMapper();
        Run again = run(command);
        for (int i = 0; i < 2; i++) {
            JsonNode line = json.readTree(lines.get(i));
            assertThat(line.get("label").asText()).isEqualTo(i == 0 ? "spine" : "liver");
            assertThat(line.get("n").asInt()).isEqualTo(3);
            assertThat(line.get("dice_mean").asDouble()).isBetween(0.0, 1.0);
            assertThat(line.get("dice_sd").asDouble()).isGreaterThanOrEqualTo(0);
            assertThat(line.get("seconds_per_query").asDouble()).isPositive();
            assertThat(line.get("baselines").fieldNames())
                    .toIterable()
                    .containsExactly("mean_mask", "nearest_mask", "grey_level");
            JsonNode repeated = json.readTree(again.out().lines().toList().get(i));
            assertThat(repeated.get("dice_mean")).isEqualTo(line.get("dice_mean"));
            assertThat(repeated.get("baselines")).isEqualTo(line.get("baselines"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "leave-one-out, 2, dice_ci95",
        "temperature, 2, curve",
        "support-size, 6, hausdorff95_mean",
        "retrieval-gain, 2, gain_by_repeat",
        "levels, 10, gain_over",
        "robustness, 12, condition",
        "confidence, 3, predictions",
        "choose-tau, 3, gain_on_other_half"
    })
    void everyProtocolPrintsItsLinesAndDrawsAFigure(String protocol, int lines, String field)
            throws IOException {
        // Of 20 patients 12 can calibrate.
        write(new Phantoms(3).patients(protocol.equals("confidence") ? 20 : 10));
        Path figure = folder.resolve("figures/" + protocol + ".png");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "evaluate",
                                "--images",
                                folder.resolve("images/*.png").toString(),
                                "--masks",
                                folder.resolve("masks").toString(),
                                "--label",
                                "spine",
                                "--label",
                                "liver",
                                "--patient-regex",
                                "^([^-]+)",
                                "--support-size",
                                "2",
                                "--queries",
                                "2",
                                "--repeats",
                                "2",
                                "--spacing-mm",
                                "0.8,0.7",
                                "--network",
                                "cross_attention", // once, not twice: the lines are tested
                                "--size",
                                "32",
                                "--plot",
                                figure.toString()));
        command.addAll(
                protocol.equals("choose-tau")
                        ? List.of("--choose-tau")
                        : List.of("--protocol", protocol));
        Run run = run(command.toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isZero();
        List<String> printed = run.out().lines().toList();
        // The sweep goes as far as there are supports: 1, 2, 4 and, for some labels, 8 and 16.
        assertThat(printed.size())
                .isBetween(lines, protocol.equals("support-size") ? 2 * lines : lines);
        ObjectMapper json = new ObjectMapper();
        boolean found = false;
        for (String line : printed) {
            JsonNode node = json.readTree(line);
            assertThat(node.get("protocol").asText()).isEqualTo(protocol);
            assertThat(node.get("label").asText()).isIn("spine", "liver", "*");
            assertThat(node.get("weights_sha256").asText()).hasSize(64);
            assertThat(node.get("network_size").asInt()).isEqualTo(32);
            found |= node.has(field);
            if (node.has("distance_unit")) {
                assertThat(node.get("distance_unit").asText()).isEqualTo("mm");
            }
        }
        assertThat(found).as(field).isTrue();
        assertThat(new ImageDecoder(Limits.DEFAULT).decode(figure).width()).isEqualTo(1520);
    }

    @Test
    void resultsWritesTheSamePageAgainFromWhatItKept() throws IOException {
        write(new Phantoms(3).patients(5));
        Path dataset = Files.createDirectories(folder.resolve("datasets/phantoms"));
        Files.move(folder.resolve("images"), dataset.resolve("images"));
        Files.move(folder.resolve("masks"), dataset.resolve("masks"));
        String[] command = {
            "results",
            "--datasets",
            folder.resolve("datasets").toString(),
            "--out",
            folder.resolve("docs").toString(),
            "--cache",
            folder.resolve("lines.jsonl").toString(),
            "--network",
            "cross_attention",
            "--location",
            "none",
            "--object",
            "none",
            "--section",
            "sizes",
            "--section",
            "levels",
            "--quick"
        };
        Run first = run(command);
        assertThat(first.status()).as(first.err()).isZero();
        Path page = folder.resolve("docs/results.md");
        String text = Files.readString(page);
        assertThat(text).contains("phantoms liver").contains("./precedent results --network");
        byte[] figure = Files.readAllBytes(folder.resolve("docs/results/sizes.png"));
        List<String> kept = Files.readAllLines(folder.resolve("lines.jsonl"));
        assertThat(kept).hasSize(3 * 6);
        // A run that was stopped half way measures the rest, and nothing twice.
        Files.write(folder.resolve("lines.jsonl"), kept.subList(0, 10));
        Files.delete(page);
        assertThat(run(command).status()).isZero();
        assertThat(Files.readString(page)).isEqualTo(text);
        assertThat(Files.readAllBytes(folder.resolve("docs/results/sizes.png"))).isEqualTo(figure);
        assertThat(Files.readAllLines(folder.resolve("lines.jsonl"))).hasSize(3 * 6);
        Run none = run("results", "--datasets", folder.resolve("nothing").toString());
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("--datasets").contains("images/ and masks/");
    }

    @Test
    void readmesFirstCommandsFitTheFolderThatTheyShow() throws IOException {
        String readme = Files.readString(HOME.resolve("README.md"));
        List<String> shown = readme.lines().filter(line -> line.startsWith("scans/")).toList();
        assertThat(shown).containsExactly("scans/images/case1.png", "scans/masks/liver/case1.png");
        Phantom phantom = new Phantoms(3).patients(1).getFirst();
        for (String file : shown) {
            Path path = folder.resolve(file);
            Files.createDirectories(path.getParent());
            Files.write(path, PngWriter.png(phantom.image()));
        }
        List<String> commands =
                readme.replace("\\\n", "")
                        .lines()
                        .filter(line -> line.matches("\\./precedent (ingest|evaluate) .*scans.*"))
                        .toList();
        assertThat(commands).hasSize(4);
        for (String command : commands) {
            List<String> words = new ArrayList<>();
            Matcher word = Pattern.compile("'([^']*)'|\\S+").matcher(command);
            while (word.find()) {
                words.add(word.group(1) == null ? word.group() : word.group(1));
            }
            String[] args = words.subList(1, words.size()).toArray(String[]::new);
            Main.commandLine().parseArgs(args);
            boolean ingest = args[0].equals("ingest");
            DatasetFolder found =
                    DatasetFolder.read(
                            ingest ? folder.resolve(args[1]) : folder,
                            ingest ? "images/*" : args[words.indexOf("--images")],
                            new MaskLayout.LabelFolders(
                                    ingest ? "masks" : args[words.indexOf("--masks")], List.of()),
                            Pattern.compile(args[words.indexOf("--patient-regex")]));
            assertThat(found.cases()).extracting(Case::patient).containsExactly("case1");
            assertThat(found.labels()).containsExactly("liver");
        }
    }

    @Test
    void evaluateUsesTheSupportsThatThereAreLabelByLabel() throws IOException {
        write(new Phantoms(3).patients(3));
        int images = folder.resolve("images").toFile().list().length;
        Path lonely = Files.createDirectories(folder.resolve("masks/lonely"));
        Path liver = folder.resolve("masks/liver");
        String first = liver.toFile().list()[0];
        Files.copy(liver.resolve(first), lonely.resolve(first));
        String[] command = {
            "evaluate",
            "--images",
            folder.resolve("images/*.png").toString(),
            "--masks",
            folder.resolve("masks").toString(),
            "--label",
            "lonely",
            "--label",
            "liver",
            "--label",
            "spine",
            "--support-size",
            "500",
            "--queries",
            "2",
            "--size",
            "32"
        };
        Run run = run(command);
        assertThat(run.status()).as(run.err()).isEqualTo(IngestCommand.NOT_ALL_TAKEN);
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(2);
        for (String text : lines) {
            JsonNode line = new ObjectMapper().readTree(text);
            int had = line.get("support_size").asInt();
            assertThat(had).isBetween(1, images - 1);
            assertThat(line.get("support_size_asked").asInt()).isEqualTo(500);
            assertThat(line.get("supports").get("most").asInt()).isEqualTo(had);
            assertThat(run.err())
                    .containsOnlyOnce(
                            "label "
                                    + line.get("label").asText()
                                    + ": "
                                    + had
                                    + " of 500 supports");
        }
        assertThat(run.err())
                .contains("label lonely is not measured: label lonely has 1 image and no support");
        Run none =
                run(
                        "evaluate",
                        command[1],
                        command[2],
                        command[3],
                        command[4],
                        "--label",
                        "lonely");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("2 images of 2 patients are the least");
        // A file that cannot be read is named, left out, and the status says so.
        Files.write(folder.resolve("images/torn.png"), new byte[0]);
        Files.copy(liver.resolve(first), liver.resolve("torn.png"));
        Run torn =
                run(
                        "evaluate",
                        command[1],
                        command[2],
                        command[3],
                        command[4],
                        "--label",
                        "liver",
                        "--support-size",
                        "2",
                        "--queries",
                        "1",
                        "--size",
                        "32");
        assertThat(torn.status()).isEqualTo(IngestCommand.NOT_ALL_TAKEN);
        assertThat(torn.out().lines()).hasSize(1);
        assertThat(torn.err()).contains("left out  " + folder.resolve("images/torn.png"));
    }

    @Test
    void evaluateReadsMasksByTheirColoursAndSaysWhatItCutOrPassedOver() throws IOException {
        List<Phantom> phantoms = new Phantoms(3).patients(5);
        write(phantoms);
        Run clean = run(evaluateSpine());
        assertThat(clean.status()).as(clean.err()).isZero();
        assertThat(clean.err()).doesNotContain("cut at the half").doesNotContain("two colours");
        ObjectMapper json = new ObjectMapper();
        JsonNode dice = json.readTree(clean.out()).get("dice_mean");
        for (Phantom phantom : phantoms) {
            Mask spine = phantom.masks().get("spine");
            Path file = folder.resolve("masks/spine/" + phantom.id() + ".png");
            // The object has the palette's first colour.
            byte[] palette =
                    MaskFiles.palette(
                            "png",
                            spine.width(),
                            spine.height(),
                            i -> spine.inside()[i] ? 0 : 1,
                            0xff0000,
                            0x000000);
            Files.write(file, palette);
        }
        Run coloured = run(evaluateSpine());
        assertThat(coloured.status()).as(coloured.err()).isZero();
        assertThat(json.readTree(coloured.out()).get("dice_mean")).isEqualTo(dice);
        assertThat(coloured.err())
                .contains("darker one as background; the object is #FF0000 in " + phantoms.size());
        Mask spine = phantoms.getFirst().masks().get("spine");
        Path first = folder.resolve("masks/spine/" + phantoms.getFirst().id() + ".png");
        Files.write(first, PngWriter.png(MaskFiles.blurred(spine.toRaster(), 1)));
        Run soft = run(evaluateSpine());
        assertThat(soft.status()).as(soft.err()).isZero();
        assertThat(soft.err()).contains("1 of " + phantoms.size() + " masks have soft edges");
        Raster rim =
                MaskFiles.grey(
                        spine.width(),
                        spine.height(),
                        i -> i < 3 * spine.width() ? 255 : spine.inside()[i] ? 1 : 0);
        Files.write(first, PngWriter.png(rim));
        Run refused = run(evaluateSpine("--ignore-unknown-values"));
        assertThat(refused.status()).isEqualTo(IngestCommand.NOT_ALL_TAKEN);
        assertThat(refused.err())
                .contains("left out  " + first)
                .contains("mask of label spine in " + first.getParent())
                .contains("255 (" + 3 * spine.width() + " pixels)")
                .contains("--ignore");
        Run ignored = run(evaluateSpine("--ignore", "255"));
        assertThat(ignored.status()).as(ignored.err()).isZero();
        assertThat(json.readTree(ignored.out()).get("dice_mean")).isEqualTo(dice);
        assertThat(ignored.err())
                .contains(3 * spine.width() + " pixels of 1 masks are 255, which means unknown");
        assertThat(run(evaluateSpine("--ignore", "red")).err())
                .contains("--ignore is \"red\"")
                .contains("#RRGGBB");
        assertThat(run(evaluateSpine("--label", "lung=#00FF0")).err()).contains("--label");
    }

    private String[] evaluateSpine(String... more) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "evaluate",
                                "--images",
                                folder.resolve("images/*.png").toString(),
                                "--masks",
                                folder.resolve("masks").toString(),
                                "--label",
                                "spine",
                                "--support-size",
                                "2",
                                "--queries",
                                "2",
                                "--size",
                                "32"));
        command.addAll(List.of(more));
        return command.toArray(String[]::new);
    }

    @Test
    void evaluateRefusesWhatItCannotMeasure() throws IOException {
        write(new Phantoms(3).patients(2));
        String images = folder.resolve("images/*.png").toString();
        String masks = folder.resolve("masks").toString();
        Run label = run("evaluate", "--images", images, "--masks", masks, "--label", "heart");
        assertThat(label.err()).contains("heart").contains("liver, spine");
        Run none = run("evaluate", "--images", folder + "/nothing/*.png", "--masks", masks);
        assertThat(none.err()).contains("no image matches");
        Run tau = run("evaluate", "--images", images, "--masks", masks, "--tau", "hot");
        assertThat(tau.err()).contains("uniform");
        Run protocol = run("evaluate", "--images", images, "--masks", masks, "--protocol", "best");
        assertThat(protocol.err()).contains("leave-one-out, temperature, support-size");
        Run size = run("evaluate", "--images", images, "--masks", masks, "--support-size", "all");
        assertThat(size.err()).contains("full, large, small");
        Run spacing = run("evaluate", "--images", images, "--masks", masks, "--spacing-mm", "1,x");
        assertThat(spacing.err()).contains("--spacing-mm is \"1,x\"");
        Run strategy = run("evaluate", "--images", images, "--masks", masks, "--strategy", "x");
        assertThat(strategy.err()).contains("one of random, image");
        assertThat(List.of(label, none, tau, protocol, size, spacing, strategy))
                .allMatch(run -> run.status() == 1);
    }

    @Test
    void modelCheckPassesOnTheProjectsOwnCaseAndFailsOnAnother() throws Exception {
        Path weights = HOME.resolve("models/universeg.safetensors");
        Path parity =
                Path.of(
                        Optional.ofNullable(getClass().getResource("/universeg-parity.npz"))
                                .orElseThrow()
                                .toURI());
        Run ok = check(weights, parity);
        assertThat(ok.status()).as(ok.err()).isZero();
        assertThat(ok.out()).contains("max_abs_error").contains("largest_logit").contains("ok");

        Path fixture = HOME.resolve("../shared/fixtures/universeg/k3_uniform.npz");
        assumeThat(fixture).as("skipped: ../shared is absent").exists();
        Run other = check(weights, fixture);
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.out()).contains("FAILED");
        Run reference = check(fixture.resolveSibling("state_dict.pt"), fixture);
        assertThat(reference.status()).as(reference.out()).isZero();
    }

    @Test
    void modelListNamesTheShippedWeightsWithTheirCard() throws IOException {
        Run list = run("model", "list", "--data", folder.toString());

        assertThat(list.status()).as(list.err()).isZero();
        assertThat(list.out())
                .containsPattern("universeg +shipped  \\d+ parameters  sha256 [0-9a-f]{64}")
                .contains(Files.size(HOME.resolve("models/universeg.safetensors")) + " bytes")
                .contains("128 px")
                .contains("universeg.md");
    }

    @Test
    void modelImportKeepsWhatItAcceptsAndNothingElse() throws IOException {
        String data = folder.toString();
        Path shipped = HOME.resolve("models/universeg.safetensors");
        Run imported =
                run(
                        "model",
                        "import",
                        shipped.toString(),
                        "--network",
                        "universeg",
                        "--data",
                        data);
        assertThat(imported.status()).as(imported.err()).isZero();
        Path models = folder.resolve("models");
        try (Stream<Path> files = Files.list(models)) {
            Path file = files.findFirst().orElseThrow();
            assertThat(imported.out()).contains(file.toString());
            assertThat(StateDict.read(file).names()).isEqualTo(StateDict.read(shipped).names());
        }
        assertThat(run("model", "list", "--data", data).out()).contains("imported");

        Path text = Files.writeString(folder.resolve("notes.txt"), "no weights at all");
        Run refused =
                run("model", "import", text.toString(), "--network", "universeg", "--data", data);
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("notes.txt").contains("neither safetensors");
        Run unknown =
                run("model", "import", shipped.toString(), "--network", "unet", "--data", data);
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err()).contains("'unet'").contains("universeg");
        assertThat(models.toFile().list()).hasSize(1);
    }

    @Test
    void aNetworkOfVolumesMeasuresWholeVolumesOnceThereAreWeights() throws IOException {
        for (String kind : List.of("images", "labels")) {
            Files.createDirectories(folder.resolve(kind));
            for (int i = 0; i < 2; i++) {
                Files.write(
                        folder.resolve(kind).resolve("v" + i + ".nii.gz"),
                        kind.equals("images")
                                ? PhantomStudies.nifti(400 + i, 3)
                                : PhantomStudies.labels(400 + i, 3, "liver"));
            }
        }
        List<String> command =
                List.of(
                        "evaluate",
                        "--images",
                        folder.resolve("images/*.nii.gz").toString(),
                        "--masks",
                        folder.resolve("labels/*.nii.gz").toString(),
                        "--label",
                        "liver=1",
                        "--network",
                        "iris3d",
                        "--support-size",
                        "1",
                        "--queries",
                        "1");
        Run without = run(command.toArray(String[]::new));
        assertThat(without.status()).isEqualTo(1);
        assertThat(without.err())
                .contains("there are no weights of iris3d", "precedent model import");

        Path weights = folder.resolve("iris3d.safetensors");
        SmallIris.writeOfVolumes(weights);
        Run run =
                run(
                        Stream.concat(command.stream(), Stream.of("--weights", weights.toString()))
                                .toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode line = new ObjectMapper().readTree(run.out());
        assertThat(line.get("network").asText()).isEqualTo("iris3d");
        assertThat(line.get("volumes").asInt()).isEqualTo(1);
        assertThat(line.get("support_size").asInt()).isEqualTo(1);
        assertThat(line.get("dice_volume_mean").asDouble()).isBetween(0.0, 1.0);
        Run wrong =
                run(
                        "model",
                        "import",
                        HOME.resolve("models/iris.safetensors").toString(),
                        "--network",
                        "iris3d",
                        "--data",
                        folder.toString());
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("2 axes of space instead of 3");
    }

    @Test
    void modelFlopsCountsThePublishedConfigurationWithoutWeights() {
        Run run = run("model", "flops", "--network", "universeg", "--k", "3", "--size", "512");

        assertThat(run.status()).as(run.err()).isZero();
        // 549 GFLOP at 512 px with 3 supports: PatchICL's paper.
        assertThat(run.out()).containsPattern("universeg +512 +3 +1 +[0-9.]+ +549\\.353 ");
        Run two =
                run(
                        "model",
                        "flops",
                        "--network",
                        "universeg",
                        "--k",
                        "1,3",
                        "--size",
                        "128",
                        "--labels",
                        "2");
        assertThat(two.out().lines()).hasSize(3);
        assertThat(two.out()).containsPattern("universeg +128 +3 +2 +[0-9.]+ +68\\.669 ");
        assertThat(run("model", "flops", "--network", "universeg", "--k", "0").err())
                .contains("--k is 0");
    }

    @Test
    void modelCheckSaysWhatItNeedsAndWhereThereIsNoCudaDevice() {
        assertThat(run("model", "check", "--network", "universeg").status()).isEqualTo(2);
        Run unknown = run("model", "check", "--device", "tpu");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err()).contains("\"tpu\"").contains("cpu or cuda");

        Run cuda = run("model", "check", "--device", "cuda", "--network", "universeg");
        if (cuda.status() == 0) {
            assertThat(cuda.out()).contains("tolerance").contains("ok");
        } else {
            assertThat(cuda.err()).contains("no CUDA device").contains("precedent.device=cpu");
        }
    }

    private static Run check(Path weights, Path referenceCase) {
        return run(
                "model",
                "check",
                "--network",
                "universeg",
                "--weights",
                weights.toString(),
                "--case",
                referenceCase.toString());
    }

    private void write(List<Phantom> phantoms) throws IOException {
        Files.createDirectories(folder.resolve("images"));
        for (Phantom phantom : phantoms) {
            String file = phantom.id() + ".png";
            Files.write(folder.resolve("images").resolve(file), PngWriter.png(phantom.image()));
            for (Map.Entry<String, Mask> mask : phantom.masks().entrySet()) {
                Path masks = Files.createDirectories(folder.resolve("masks/" + mask.getKey()));
                Files.write(masks.resolve(file), PngWriter.png(mask.getValue()));
            }
        }
    }
}
