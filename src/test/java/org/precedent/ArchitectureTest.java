package org.precedent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessField;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What each package may know. The table is the architecture; change it only with a reason. */
class ArchitectureTest {
    private static final String ROOT = "org.precedent";

    /** Package to the packages of ours that it may use, besides itself and the shared words. */
    private static final Map<String, List<String>> MAY_USE =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("imaging", List.of()),
                            Map.entry("network", List.of()),
                            Map.entry("dataset", List.of("imaging")),
                            Map.entry("phantom", List.of("imaging")),
                            Map.entry("embedding", List.of("network", "imaging")),
                            Map.entry("index", List.of("embedding")),
                            Map.entry("retrieval", List.of("embedding", "index")),
                            Map.entry("segmentation", List.of("network", "imaging")),
                            Map.entry("catalog", List.of("imaging")),
                            Map.entry(
                                    "evaluation",
                                    List.of(
                                            "retrieval",
                                            "segmentation",
                                            "imaging",
                                            "embedding",
                                            "index",
                                            "network",
                                            "dataset")),
                            Map.entry(
                                    "service",
                                    List.of(
                                            "imaging",
                                            "network",
                                            "embedding",
                                            "index",
                                            "retrieval",
                                            "segmentation",
                                            "evaluation",
                                            "catalog")),
                            Map.entry("api", List.of("service", "catalog", "imaging", "retrieval")),
                            Map.entry(
                                    "cli",
                                    List.of(
                                            "service",
                                            "evaluation",
                                            "dataset",
                                            "phantom",
                                            "catalog",
                                            "imaging",
                                            "network",
                                            "embedding",
                                            "retrieval",
                                            "segmentation"))));

    /** Library packages and the only packages of ours that may see them. */
    private static final Map<String, List<String>> CONFINED =
            Map.of(
                    "org.apache.lucene", List.of("index"),
                    "ai.djl", List.of("network"),
                    "net.razorvine", List.of("network"),
                    "org.hibernate", List.of("catalog"),
                    "jakarta.persistence", List.of("catalog"),
                    "io.zonky", List.of("catalog"),
                    "javax.imageio", List.of("imaging"),
                    "java.awt", List.of("imaging"),
                    "jakarta.ws.rs", List.of("api"),
                    "picocli", List.of("cli"));

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages(ROOT);

    @Test
    void everyPackageUsesOnlyWhatTheTableAllows() {
        MAY_USE.forEach((name, allowed) -> {
            String[] forbidden =
                    MAY_USE.keySet().stream()
                            .filter(other -> !other.equals(name) && !allowed.contains(other))
                            .map(ArchitectureTest::inside)
                            .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(inside(name))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .because(name + " may use only " + allowed)
                    .check(classes);
        });
    }

    @Test
    void everyPackageIsInTheTable() {
        assertThat(classes.stream().map(c -> c.getPackageName()).distinct())
                .allSatisfy(name ->
                        assertThat(
                                        name.equals(ROOT)
                                                || MAY_USE.containsKey(
                                                        name.substring(ROOT.length() + 1)))
                                .as(name)
                                .isTrue());
    }

    @Test
    void librariesStayInTheirPackages() {
        CONFINED.forEach((library, owners) ->
                noClasses()
                        .that(
                                resideInAnyPackage(ROOT + "..")
                                        .and(
                                                resideOutsideOfPackages(
                                                        owners.stream()
                                                                .map(ArchitectureTest::inside)
                                                                .toArray(String[]::new))))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(library + "..")
                        .because(library + " belongs to " + owners)
                        .check(classes));
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void nothingIsInjectedIntoFields() {
        noFields()
                .should()
                .beAnnotatedWith("jakarta.inject.Inject")
                .because("constructor injection shows what a class needs")
                .check(classes);
    }

    @Test
    void nothingPrintsBesidesTheCommandLine() {
        classes()
                .that()
                .resideOutsideOfPackage(inside("cli"))
                .should(not(accessField(System.class, "out")))
                .check(classes);
    }

    @Test
    void everyPackageHasAPageThatIsNullMarked() throws IOException {
        Path sources = Path.of(System.getProperty("precedent.home", "."), "src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            List<Path> folders =
                    files.filter(f -> f.toString().endsWith(".java"))
                            .map(Path::getParent)
                            .distinct()
                            .toList();
            assertThat(folders).hasSizeGreaterThan(10);
            for (Path folder : folders) {
                assertThat(folder.resolve("package-info.java")).content().contains("@NullMarked");
            }
        }
    }

    private static String inside(String name) {
        return ROOT + "." + name + "..";
    }
}
