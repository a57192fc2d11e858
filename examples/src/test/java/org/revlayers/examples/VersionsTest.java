package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What users copy names the version that is built here. CI would not notice, for it runs the starter with the version of the checkout whatever its POM says. */
class VersionsTest {

    private static final Path ROOT = Path.of("..");

    @ParameterizedTest
    @CsvSource({
        "examples/starter/pom.xml, <revlayers.version>(.*?)</revlayers.version>",
        "docs/pages/layers.md, <artifactId>revlayers-bom</artifactId>\\s*<version>(.*?)</version>",
    })
    void nameTheVersionOfTheBom(String file, String version) throws IOException {
        assertEquals(named("bom/pom.xml", "<revision>(.*?)</revision>"), named(file, version), file);
    }

    private static List<String> named(String file, String version) throws IOException {
        List<String> versions = Pattern.compile(version)
                .matcher(Files.readString(ROOT.resolve(file)))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertEquals(1, versions.size(), () -> file + " names " + versions + " by " + version);
        return versions;
    }
}
