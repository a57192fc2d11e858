package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** The native library runs where its users are: what it needs of the C library is in glibc 2.28 (2018). */
class LibraryFileTest {

    @Test
    void glibcOf2018Suffices() throws IOException {
        String file = Loader.getPlatform() + "/libjnirevlayers.so";
        try (InputStream in = LibraryFileTest.class.getResourceAsStream(file)) {
            assumeTrue(in != null, "no " + file);
            String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            List<String> newer = Pattern.compile("GLIBC_2\\.(\\d+)")
                    .matcher(text)
                    .results()
                    .filter(version -> Integer.parseInt(version.group(1)) > 28)
                    .map(version -> version.group())
                    .distinct()
                    .toList();
            assertTrue(newer.isEmpty(), "needs " + newer);
        }
    }
}
