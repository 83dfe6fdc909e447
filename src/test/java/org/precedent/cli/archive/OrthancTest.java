package org.precedent.cli.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.cli.format.ConvertCommand;
import org.precedent.dicomweb.OrthancServer;
import org.precedent.imaging.format.dicom.DicomBytes;
import picocli.CommandLine;

/**
 * A real archive from end to end: a study goes in, comes out as it was, and a segmentation of it is
 * found beside it. Skipped where Orthanc (Debian packages orthanc and orthanc-dicomweb) is absent.
 */
class OrthancTest {
    private static final int SLICES = 3;

    @TempDir static Path folder;
    private static @Nullable OrthancServer orthanc;
    private static String url = "";

    private record Outcome(int status, String out, String err) {}

    @BeforeAll
    static void start() throws Exception {
        OrthancServer server =
                OrthancServer.start(
                        Files.createDirectory(folder.resolve("orthanc")),
                        OrthancServer.freePort(),
                        true);
        orthanc = server;
        url = server.url().toString();
        System.setProperty("precedent.dicomweb.user", OrthancServer.USER);
        System.setProperty("precedent.dicomweb.password", OrthancServer.PASSWORD);
    }

    @AfterAll
    static void stop() throws Exception {
        System.clearProperty("precedent.dicomweb.user");
        System.clearProperty("precedent.dicomweb.password");
        if (orthanc != null) {
            orthanc.close();
        }
    }

    private static Outcome run(Callable<Integer> command, Object... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(command);
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        line.setExecutionExceptionHandler((failure, failed, parsed) -> {
            failed.getErr().println(failure.getMessage());
            return 1;
        });
        int status =
                line.execute(Arrays.stream(words).map(Object::toString).toArray(String[]::new));
        return new Outcome(status, out.toString(), err.toString());
    }

    private static Path writeStudy() throws IOException {
        Path study = Files.createDirectory(folder.resolve("study"));
        for (int k = 0; k < SLICES; k++) {
            byte[] file =
                    DicomBytes.image(DicomBytes.EXPLICIT, 7, 9, 16, 12, true)
                            .text(0x00080018, "UI", "1.2.3.1." + (k + 1))
                            .text(0x00080020, "DA", "20260102")
                            .text(0x00200052, "UI", "1.2.3.9")
                            .place(0, 0, 2.5 * k, 0.5, 0.5)
                            .pixels(16, new int[63])
                            .file();
            Files.write(study.resolve(k + ".dcm"), file);
        }
        return study;
    }

    private static List<Path> files(Path under) throws IOException {
        try (Stream<Path> all = Files.walk(under)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void aStudyGoesInAndOutAndItsSegmentationIsFoundBesideIt() throws Exception {
        Path study = writeStudy();
        Outcome pushed = run(new PushCommand(), study, "--url", url);
        assertThat(pushed.err()).doesNotContain("precedent:");
        assertThat(pushed.out()).contains("3 of 3 files stored");

        Path ct = folder.resolve("ct");
        Outcome pulled = run(new PullCommand(), "--study", "1.2.3", "--out", ct, "--url", url);
        assertThat(pulled.out()).contains("CT", "3 objects");
        assertThat(pulled.err()).contains("pulling 3/3 100%");
        List<Path> images = files(ct);
        assertThat(images)
                .extracting(path -> path.getFileName().toString())
                .containsExactly("1.2.3.1.1.dcm", "1.2.3.1.2.dcm", "1.2.3.1.3.dcm");

        // A mask in one corner, from Slicer's format to the archive and back.
        Path mask = folder.resolve("mask.nrrd");
        StringBuilder voxels = new StringBuilder("NRRD0004\ntype: uint8\ndimension: 3\n");
        voxels.append("space: left-posterior-superior\nsizes: 9 7 3\nencoding: ascii\n");
        voxels.append("space directions: (0.5,0,0) (0,0.5,0) (0,0,2.5)\nspace origin: (0,0,0)\n\n");
        for (int i = 0; i < 189; i++) {
            voxels.append(i == 188 ? "1 " : "0 ");
        }
        Files.writeString(mask, voxels);
        Path seg = folder.resolve("seg.dcm");
        Outcome made =
                run(
                        new ConvertCommand(),
                        mask,
                        "--source",
                        images.get(0).getParent(),
                        "--as",
                        "dicom-seg",
                        "--label",
                        "corner=1",
                        "--by-hand",
                        "--out",
                        seg);
        assertThat(made.err()).isEmpty();
        assertThat(run(new PushCommand(), seg, "--url", url).out()).contains("1 of 1");

        Path all = folder.resolve("all");
        Outcome again = run(new PullCommand(), "--study", "1.2.3", "--out", all, "--url", url);
        assertThat(again.out()).contains("CT", "SEG", "1 objects");
        Path back =
                files(all).stream()
                        .filter(path -> path.getFileName().toString().startsWith("2.25."))
                        .findFirst()
                        .orElseThrow();
        Path nrrd = folder.resolve("back.nrrd");
        Outcome read =
                run(
                        new ConvertCommand(),
                        back,
                        "--source",
                        ct.resolve("1.2.3.1"),
                        "--as",
                        "nrrd",
                        "--out",
                        nrrd);
        assertThat(read.out()).contains("1 corner: 1 voxels");

        Path text = Files.writeString(folder.resolve("text.dcm"), "no DICOM");
        Outcome refused = run(new PushCommand(), text, seg, "--url", url);
        assertThat(refused.status()).isOne();
        assertThat(refused.out()).contains("1 of 2 files stored");
        assertThat(refused.err()).contains("text.dcm: the archive did not take it");

        assertThat(run(new PullCommand(), "--study", "1.2.4", "--out", ct, "--url", url).err())
                .contains("it knows none of this UID");
        System.setProperty("precedent.dicomweb.password", "wrong");
        assertThat(run(new PullCommand(), "--study", "1.2.3", "--out", ct, "--url", url).err())
                .contains("status 401", "PRECEDENT_DICOMWEB_USER");
        System.setProperty("precedent.dicomweb.password", "it");
    }
}
