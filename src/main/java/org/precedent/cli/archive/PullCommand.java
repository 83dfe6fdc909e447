package org.precedent.cli.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.dicomweb.DicomWebClient;
import org.precedent.dicomweb.DicomWebClient.Series;
import org.precedent.imaging.format.DicomIdentity;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A study from an archive into a folder. */
@Command(
        name = "pull",
        header = "Gets a study from an archive into a folder.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Asks an archive by DICOMweb (QIDO-RS, WADO-RS) for a study, or one series of it, and writes",
            "every object as DIR/SERIES/OBJECT.dcm, as the archive stores it. A file is there whole or",
            "not at all; an answer that ends early is an error. The files hold the patient's name: what",
            "is done with them is up to you."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  export PRECEDENT_DICOMWEB_URL=http://orthanc:8042/dicom-web",
            "  ./precedent pull --study 1.2.840.113619.2.1 --out study",
            "  ./precedent pull --study 1.2.840.113619.2.1 --series 1.2.840.113619.2.1.7 --out ct"
        })
public final class PullCommand implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Mixin private ArchiveOptions archive = new ArchiveOptions();

    @Option(
            names = "--study",
            required = true,
            paramLabel = "UID",
            description = "The study's Study Instance UID.")
    private String study = "";

    @Option(
            names = "--series",
            paramLabel = "UID",
            description = "Only the series of this Series Instance UID; repeatable.")
    private List<String> wanted = List.of();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Where to write; made where it does not exist.")
    private Path out = Path.of("");

    @Override
    public Integer call() throws IOException {
        PrintWriter lines = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (DicomWebClient client = new DicomWebClient(archive.archive())) {
            List<Series> all = client.series(study);
            List<Series> chosen =
                    all.stream()
                            .filter(one -> wanted.isEmpty() || wanted.contains(one.uid()))
                            .toList();
            check(all, chosen);
            boolean known = chosen.stream().allMatch(one -> one.instances() >= 0);
            long total = chosen.stream().mapToLong(Series::instances).sum();
            Files.createDirectories(out);
            try (ProgressBar progress =
                    new ProgressBar(err, "pulling", known ? total : ProgressBar.UNKNOWN)) {
                for (Series series : chosen) {
                    Path folder = Files.createDirectories(out.resolve(series.uid()));
                    int count =
                            client.retrieve(
                                    study,
                                    series.uid(),
                                    object -> {
                                        keep(object, folder);
                                        progress.advance(1);
                                    });
                    if (series.instances() >= 0 && count < series.instances()) {
                        throw ServiceException.badParameter(
                                "--series",
                                series.uid(),
                                "the archive lists %d objects and gave %d: ask again"
                                        .formatted(series.instances(), count));
                    }
                    lines.println(
                            "%s %s: %d objects in %s"
                                    .formatted(
                                            series.modality(),
                                            series.description(),
                                            count,
                                            folder));
                }
            }
        }
        lines.flush();
        return 0;
    }

    private void check(List<Series> all, List<Series> chosen) {
        if (all.isEmpty()) {
            throw ServiceException.badParameter(
                    "--study", study, "a study that the archive holds: it knows none of this UID");
        }
        for (String uid : wanted) {
            if (chosen.stream().noneMatch(one -> one.uid().equals(uid))) {
                throw ServiceException.badParameter(
                        "--series",
                        uid,
                        "a series of this study: "
                                + String.join(", ", all.stream().map(Series::uid).toList()));
            }
        }
    }

    /** Writes an object under its own UID, once it is there whole and known to be one. */
    private static void keep(InputStream object, Path folder) throws IOException {
        Path part = Files.createTempFile(folder, ".pull", ".part");
        try {
            Files.copy(object, part, StandardCopyOption.REPLACE_EXISTING);
            Path file = folder.resolve(DicomIdentity.instanceUid(part) + ".dcm");
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
