package org.precedent.cli.archive;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.dicomweb.DicomWebClient;
import org.precedent.dicomweb.DicomWebClient.Stored;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** DICOM files into an archive. */
@Command(
        name = "push",
        header = "Stores DICOM files in an archive.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Sends files to an archive by DICOMweb (STOW-RS), one by one, and says of each that was not",
            "taken why. Folders stand for the files in them. What was stored stays stored when a later",
            "file fails; sending an object again is harmless.",
            "",
            "Exit status: 0 when the archive took every file, 1 when it did not."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  export PRECEDENT_DICOMWEB_URL=http://orthanc:8042/dicom-web",
            "  ./precedent push answer.dcm",
            "  ./precedent push study/"
        })
public final class PushCommand implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Mixin private ArchiveOptions archive = new ArchiveOptions();

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "DICOM files, or folders of them")
    private List<Path> given = List.of();

    @Override
    public Integer call() throws IOException {
        PrintWriter lines = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        List<Path> files = files();
        List<String> problems = new ArrayList<>();
        try (DicomWebClient client = new DicomWebClient(archive.archive());
                ProgressBar progress = new ProgressBar(err, "pushing", files.size())) {
            for (Path file : files) {
                Stored stored = client.store(file);
                if (!stored.stored()) {
                    problems.add(file + ": the archive did not take it: " + stored.reason());
                } else if (!stored.reason().isEmpty()) {
                    lines.println(file + ": stored, but " + stored.reason());
                }
                progress.advance(1);
            }
        }
        lines.println((files.size() - problems.size()) + " of " + files.size() + " files stored");
        lines.flush();
        problems.forEach(problem -> err.println("precedent: " + problem));
        err.flush();
        return problems.isEmpty() ? 0 : 1;
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : given) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> inside = Files.walk(path)) {
                    inside.filter(Files::isRegularFile).sorted().forEach(files::add);
                }
            } else if (Files.isRegularFile(path)) {
                files.add(path);
            } else {
                throw ServiceException.badParameter("FILE", path.toString(), "a file that exists");
            }
        }
        if (files.isEmpty()) {
            throw ServiceException.badParameter("FILE", given.toString(), "a folder with files");
        }
        return files;
    }
}
