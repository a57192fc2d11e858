package org.revlayers.internal.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.revlayers.internal.machine.UserCache;

/**
 * Gets artifacts into a cache on disk and hands out their files. What is there is not fetched again; what was begun and
 * not finished is begun again. Archives are verified by size and SHA-256 and removed once their files are unpacked. Two
 * processes may ask for the same artifact: one fetches, the other waits.
 *
 * <pre>{@code
 * Path onnx = Fetch.standard(FetchProgress.SILENT).file(Artifacts.MINILM, "all-minilm-l6-v2.onnx");
 * }</pre>
 *
 * <p>The cache is the folder named by the system property {@code revlayers.cache}, else {@code $XDG_CACHE_HOME/revlayers},
 * else {@code ~/.cache/revlayers}. Without network, put the archive that the error names into its {@code downloads} folder.
 */
public final class Fetch {

    private static final Object IN_THIS_JVM = new Object();

    private final Path cache;
    private final ClientRunner client;
    private final FetchProgress progress;

    /**
     * @param cache    created when needed
     * @param client   gets archives
     * @param progress told how it gets on
     */
    public Fetch(Path cache, ClientRunner client, FetchProgress progress) {
        this.cache = cache.toAbsolutePath().normalize();
        this.client = client;
        this.progress = progress;
    }

    /** The user's cache, npm and Maven. */
    public static Fetch standard(FetchProgress progress) {
        return new Fetch(UserCache.folder(), new SystemClients(), progress);
    }

    /** The folder of an artifact's files if all of them are in the cache, else null. */
    public Path cached(Artifact artifact) {
        Path home = home(artifact);
        return Files.isDirectory(home) ? home : null;
    }

    /**
     * One file of an artifact.
     *
     * @param member its path, as in {@link Artifact#members}
     * @throws IOException as {@link #get}
     */
    public Path file(Artifact artifact, String member) throws IOException {
        Path file = get(artifact).resolve(member);
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is not there; delete " + home(artifact) + " to fetch it anew");
        }
        return file;
    }

    /**
     * The folder of an artifact's files, fetched if need be.
     *
     * @throws IOException when it cannot be fetched or does not have the known size and SHA-256; the message says which
     *     command gets it, on a machine with network, and where to put it
     */
    public Path get(Artifact artifact) throws IOException {
        Path home = home(artifact);
        if (Files.isDirectory(home)) {
            return home;
        }
        Files.createDirectories(cache.resolve("downloads"));
        synchronized (IN_THIS_JVM) {
            try (FileChannel channel = FileChannel.open(
                            cache.resolve(artifact.id() + ".lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && !Files.isDirectory(home)) {
                    takeBackParts(artifact);
                    Path archive = archive(artifact);
                    unpack(artifact, archive, home);
                    Files.deleteIfExists(archive);
                }
            }
        }
        progress.step(artifact, FetchProgress.Phase.DONE, artifact.bytes(), artifact.bytes());
        return home;
    }

    /** What a process that was killed has left; nobody else is at it while the lock is held. */
    private void takeBackParts(Artifact artifact) throws IOException {
        try (Stream<Path> left = Files.list(cache)) {
            for (Path part : left.filter(f -> f.getFileName().toString().startsWith(artifact.id() + "-part"))
                    .toList()) {
                delete(part);
            }
        }
    }

    private Path home(Artifact artifact) {
        return cache.resolve(artifact.id() + "-" + artifact.sha256().substring(0, 12));
    }

    /** The verified archive: the one in the downloads folder, else a fresh one. */
    private Path archive(Artifact artifact) throws IOException {
        Path archive = cache.resolve("downloads").resolve(artifact.fileName());
        String mismatch = Files.exists(archive) ? mismatch(artifact, archive) : null;
        if (Files.exists(archive) && mismatch == null) {
            return archive;
        }
        Path folder = Files.createTempDirectory(cache, artifact.id() + "-part");
        try {
            progress.step(artifact, FetchProgress.Phase.DOWNLOAD, 0, artifact.bytes());
            client.run(artifact, folder, progress);
            Path fresh = onlyArchive(folder);
            String wrong = mismatch(artifact, fresh);
            if (wrong != null) {
                throw new IOException(wrong);
            }
            Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return archive;
        } catch (IOException e) {
            String also = mismatch == null ? "" : " (an archive is there, but " + mismatch + ")";
            throw new IOException(
                    "cannot fetch " + artifact.id() + ": " + e.getMessage() + also
                            + "\nOn a machine with network run\n  "
                            + artifact.command() + "\nand put " + artifact.fileName() + " (" + artifact.bytes()
                            + " bytes, SHA-256 " + artifact.sha256() + ") into\n  " + archive.getParent(),
                    e);
        } finally {
            delete(folder);
        }
    }

    private void unpack(Artifact artifact, Path archive, Path home) throws IOException {
        Path folder = Files.createTempDirectory(cache, artifact.id() + "-part");
        try {
            Unpack.archive(artifact, archive, folder, progress);
            Files.move(folder, home, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(folder);
        }
    }

    private static Path onlyArchive(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> archives = files.filter(
                            f -> f.toString().endsWith(".tgz") || f.toString().endsWith(".jar"))
                    .toList();
            if (archives.size() != 1) {
                throw new IOException("the client should have left one archive, it left " + archives);
            }
            return archives.get(0);
        }
    }

    /** Null if the archive is the right one, else what is wrong with it. */
    private String mismatch(Artifact artifact, Path archive) throws IOException {
        long size = Files.size(archive);
        if (size != artifact.bytes()) {
            return archive.getFileName() + " must have " + artifact.bytes() + " bytes, it has " + size;
        }
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        byte[] buffer = new byte[1 << 20];
        long done = 0;
        try (InputStream in = Files.newInputStream(archive)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                done += n;
                progress.step(artifact, FetchProgress.Phase.VERIFY, done, size);
            }
        }
        String found = HexFormat.of().formatHex(digest.digest());
        return found.equals(artifact.sha256())
                ? null
                : archive.getFileName() + " must have SHA-256 " + artifact.sha256() + ", it has " + found;
    }

    /** With all that is in it. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        }
    }
}
