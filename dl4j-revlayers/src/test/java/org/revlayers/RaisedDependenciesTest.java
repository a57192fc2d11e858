package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.common.util.ArchiveUtils;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.serde.base64.Nd4jBase64;

/** DL4J and ND4J over the versions that the BOM raises: each library is the raised one, and what uses it works. */
class RaisedDependenciesTest {

    private static final String TEXT = "a model, say";

    @TempDir
    Path folder;

    @Test
    void librariesAreThoseOfTheBom() throws Exception {
        assertTrue(jarOf(Gson.class).endsWith("gson-2.8.9.jar"));
        assertTrue(jarOf(ArchiveEntry.class).endsWith("commons-compress-1.26.0.jar"));
        assertTrue(jarOf(org.apache.commons.lang3.StringUtils.class).endsWith("commons-lang3-3.18.0.jar"));
        assertTrue(jarOf(org.apache.commons.io.IOUtils.class).endsWith("commons-io-2.15.1.jar"));
        assertTrue(jarOf(org.apache.commons.codec.binary.Base64.class).endsWith("commons-codec-1.16.1.jar"));
        assertTrue(jarOf(org.apache.commons.net.util.Base64.class).endsWith("commons-net-3.9.0.jar"));
        assertTrue(jarOf(org.json.JSONObject.class).endsWith("json-20231013.jar"));
    }

    @Test
    void archivesAreUnpacked() throws IOException {
        Path zip = folder.resolve("a.zip");
        Path tar = folder.resolve("a.tar");
        Path tgz = folder.resolve("b.tar.gz");
        try (var out = new ZipArchiveOutputStream(zip.toFile())) {
            entry(out, out.createArchiveEntry(file(), "inside.txt"));
        }
        try (var out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
            entry(out, out.createArchiveEntry(file(), "inside.txt"));
        }
        try (OutputStream gz = new GzipCompressorOutputStream(Files.newOutputStream(tgz));
                var out = new TarArchiveOutputStream(gz)) {
            entry(out, out.createArchiveEntry(file(), "inside.txt"));
        }
        for (Path archive : new Path[] {zip, tar, tgz}) {
            Path to = Files.createDirectory(folder.resolve("of-" + archive.getFileName()));
            ArchiveUtils.unzipFileTo(archive.toString(), to.toString(), false);
            assertEquals(TEXT, Files.readString(to.resolve("inside.txt")), archive.toString());
        }
    }

    @Test
    void arraysGoThroughBase64() throws IOException {
        var array = Nd4j.createFromArray(1f, 2f, 3f);
        assertEquals(array, Nd4jBase64.fromBase64(Nd4jBase64.base64String(array)));
    }

    private static String jarOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .getFileName()
                .toString();
    }

    private Path file() throws IOException {
        return Files.writeString(folder.resolve("file"), TEXT);
    }

    private static <E extends ArchiveEntry> void entry(ArchiveOutputStream<E> out, E entry) throws IOException {
        out.putArchiveEntry(entry);
        out.write(TEXT.getBytes());
        out.closeArchiveEntry();
    }
}
