package org.revlayers.internal.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.internal.fetch.Artifact.Client;

/** Fetching with a client that is no program but a method: nothing here needs a network. */
class FetchTest {

    @TempDir
    Path cache;

    private final AtomicInteger calls = new AtomicInteger();

    @Test
    void aTarballIsFetchedOnceAndUnpacked() throws Exception {
        byte[] tgz = tgz("package/a.txt", "package/sub/b.txt", "package/unwanted.txt", "elsewhere/a.txt");
        Artifact artifact = artifact(Client.NPM, "x-1.tgz", tgz, "a.txt", "sub/");
        Set<FetchProgress.Phase> phases = EnumSet.noneOf(FetchProgress.Phase.class);
        Fetch fetch = new Fetch(cache, delivers("x-1.tgz", tgz), (a, phase, done, total) -> phases.add(phase));

        assertNull(fetch.cached(artifact));
        Path a = fetch.file(artifact, "a.txt");
        assertEquals("package/a.txt", Files.readString(a));
        assertEquals("package/sub/b.txt", Files.readString(fetch.file(artifact, "sub/b.txt")));
        assertFalse(Files.exists(a.resolveSibling("unwanted.txt")));
        assertEquals(1, calls.get(), "the second file comes from the cache");
        assertEquals(a.getParent(), fetch.cached(artifact));
        assertEquals(EnumSet.allOf(FetchProgress.Phase.class), phases);
        assertEquals(List.of(), leftOvers());
    }

    @Test
    void aJarIsUnpacked() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("model.onnx"));
            zip.write(1);
        }
        Artifact artifact = artifact(Client.MAVEN, "x-1.jar", out.toByteArray(), "model.onnx");
        Fetch fetch = new Fetch(cache, delivers("x-1.jar", out.toByteArray()), FetchProgress.SILENT);
        assertEquals(1, Files.size(fetch.file(artifact, "model.onnx")));
        assertThrows(IOException.class, () -> fetch.file(artifact, "other"));
    }

    @Test
    void anotherArchiveIsRefused() throws Exception {
        byte[] tgz = tgz("package/a.txt");
        Artifact artifact = artifact(Client.NPM, "x-1.tgz", tgz, "a.txt");
        byte[] forged = tgz.clone();
        forged[forged.length - 1] ^= 1;
        Fetch fetch = new Fetch(cache, delivers("x-1.tgz", forged), FetchProgress.SILENT);
        String message =
                assertThrows(IOException.class, () -> fetch.get(artifact)).getMessage();
        assertTrue(message.contains("must have SHA-256 " + artifact.sha256()), message);
        Fetch shorter = new Fetch(cache, delivers("x-1.tgz", new byte[3]), FetchProgress.SILENT);
        message = assertThrows(IOException.class, () -> shorter.get(artifact)).getMessage();
        assertTrue(message.contains("must have " + tgz.length + " bytes, it has 3"), message);
        assertNull(fetch.cached(artifact));
        assertEquals(List.of(), leftOvers());
    }

    @Test
    void offlineSaysWhatToDoAndThenTakesTheFile() throws Exception {
        byte[] tgz = tgz("package/a.txt");
        Artifact artifact = artifact(Client.NPM, "x-1.tgz", tgz, "a.txt");
        ClientRunner offline = (a, folder, progress) -> {
            calls.incrementAndGet();
            throw new IOException("npm ended with 1: no network");
        };
        Fetch fetch = new Fetch(cache, offline, FetchProgress.SILENT);
        String message =
                assertThrows(IOException.class, () -> fetch.get(artifact)).getMessage();
        for (String part : List.of(
                "no network",
                "npm pack x@1",
                "x-1.tgz",
                artifact.sha256(),
                cache.resolve("downloads").toString())) {
            assertTrue(message.contains(part), message);
        }
        Files.write(cache.resolve("downloads").resolve("x-1.tgz"), new byte[7]);
        message = assertThrows(IOException.class, () -> fetch.get(artifact)).getMessage();
        assertTrue(message.contains("an archive is there, but x-1.tgz must have"), message);

        Files.write(cache.resolve("downloads").resolve("x-1.tgz"), tgz);
        assertEquals("package/a.txt", Files.readString(fetch.file(artifact, "a.txt")));
        assertEquals(2, calls.get());
    }

    @Test
    void nothingIsWrittenOutside() throws Exception {
        byte[] tgz = tgz("package/sub/../../../evil.txt");
        Artifact artifact = artifact(Client.NPM, "x-1.tgz", tgz, "sub/");
        Fetch fetch = new Fetch(cache.resolve("inner"), delivers("x-1.tgz", tgz), FetchProgress.SILENT);
        String message =
                assertThrows(IOException.class, () -> fetch.get(artifact)).getMessage();
        assertTrue(message.contains("would be written outside"), message);
        assertFalse(Files.exists(cache.resolve("inner").resolve("evil.txt")));
        assertNull(fetch.cached(artifact));
    }

    @Test
    void linksAreLeftOut() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(out))) {
            TarArchiveEntry link = new TarArchiveEntry("package/a.txt", TarConstants.LF_SYMLINK);
            link.setLinkName("/etc/hostname");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
        }
        Artifact artifact = artifact(Client.NPM, "x-1.tgz", out.toByteArray(), "a.txt");
        Fetch fetch = new Fetch(cache, delivers("x-1.tgz", out.toByteArray()), FetchProgress.SILENT);
        String message =
                assertThrows(IOException.class, () -> fetch.get(artifact)).getMessage();
        assertTrue(message.contains("has no \"a.txt\""), message);
    }

    @Test
    void threadsShareOneDownload() throws Exception {
        byte[] tgz = tgz("package/a.txt");
        Artifact artifact = artifact(Client.NPM, "x-1.tgz", tgz, "a.txt");
        Fetch fetch = new Fetch(cache, delivers("x-1.tgz", tgz), FetchProgress.SILENT);
        List<Thread> threads = new ArrayList<>();
        AtomicInteger good = new AtomicInteger();
        IntStream.range(0, 4)
                .forEach(i -> threads.add(new Thread(() -> {
                    try {
                        fetch.get(artifact);
                        good.incrementAndGet();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })));
        threads.forEach(Thread::start);
        for (Thread t : threads) {
            t.join();
        }
        assertEquals(4, good.get());
        assertEquals(1, calls.get());
    }

    @Test
    void commandsNeedNoShell() {
        Path folder = Path.of("f");
        assertEquals(
                List.of("pack", Artifacts.CIFAR10.coordinates(), "--ignore-scripts", "--loglevel=error"),
                SystemClients.command(Artifacts.CIFAR10, folder).subList(1, 5));
        assertTrue(SystemClients.command(Artifacts.MINILM, folder).contains("dependency:copy"));
        for (Artifact a : Artifacts.all()) {
            assertEquals(a, Artifacts.byId(a.id()));
        }
        assertThrows(IllegalArgumentException.class, () -> Artifacts.byId("imagenet"));
    }

    private List<Path> leftOvers() throws IOException {
        try (Stream<Path> all = Files.list(cache)) {
            return all.filter(p -> p.toString().contains("-part")).toList();
        }
    }

    private ClientRunner delivers(String name, byte[] bytes) {
        return (artifact, folder, progress) -> {
            calls.incrementAndGet();
            Files.write(folder.resolve(name), bytes);
        };
    }

    private static Artifact artifact(Client client, String file, byte[] bytes, String... members) throws Exception {
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        String coordinates = client == Client.NPM ? "x@1" : "g:x:1";
        return new Artifact("x", client, coordinates, file, bytes.length, hash, "none", List.of(members));
    }

    /** An archive of files that contain their own names. */
    private static byte[] tgz(String... names) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(out))) {
            for (String name : names) {
                byte[] text = name.getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(name);
                entry.setSize(text.length);
                tar.putArchiveEntry(entry);
                tar.write(text);
                tar.closeArchiveEntry();
            }
        }
        return out.toByteArray();
    }
}
