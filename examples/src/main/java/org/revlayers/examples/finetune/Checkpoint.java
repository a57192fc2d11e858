package org.revlayers.examples.finetune;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.internal.files.ModelZip;
import org.revlayers.internal.machine.WholeFile;

/**
 * Where an interrupted run goes on, a file per method and the one before it: the network with its updater's state as {@link ModelZip} has it (but not
 * compressed: weights shrink by a few percent and take ten times as long), ND4J's generator and the {@link RunState}. Written whole and forced to disk;
 * what is read is the newest that is whole.
 *
 * @param folder of the run
 */
record Checkpoint(Path folder) {

    private static final String RUN = "revlayers/run.json";
    private static final String RANDOM = "revlayers/random";

    /** What a run goes on with. */
    record Loaded(Trainee net, RunState state) {}

    private Path file(TrainingMethod method) {
        return folder.resolve("checkpoint-" + method.label() + ".zip");
    }

    private Path before(TrainingMethod method) {
        return folder.resolve("checkpoint-" + method.label() + ".previous.zip");
    }

    /**
     * Saves all.
     *
     * @param continues whether the file that is there is of the same run, and to be kept; else it and the one before go
     */
    void save(TrainingMethod method, Trainee net, RunState state, boolean continues) throws IOException {
        Files.createDirectories(folder);
        WholeFile.write(file(method), continues ? before(method) : null, out -> write(out, net, state));
        if (!continues) {
            Files.deleteIfExists(before(method));
        }
    }

    private static void write(OutputStream out, Trainee net, RunState state) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out);
        zip.setLevel(Deflater.NO_COMPRESSION);
        ModelZip.write(zip, net.model());
        Random random = Nd4j.getRandom();
        String states = random.getSeed() + " " + random.rootState() + " " + random.nodeState();
        add(zip, RANDOM, states.getBytes(StandardCharsets.UTF_8));
        add(zip, RUN, state.toJson());
        zip.finish();
    }

    private static void add(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
    }

    boolean exists(TrainingMethod method) {
        return Files.exists(file(method)) || Files.exists(before(method));
    }

    Trainee load(TrainingMethod method) throws IOException {
        return resume(method, s -> s).net();
    }

    /** How far a method has come, by the newest whole file. */
    RunState state(TrainingMethod method) throws IOException {
        return newest(method, file -> RunState.of(method, entry(file, RUN)));
    }

    /**
     * What the newest whole file holds; ND4J's generator of this thread goes on where it was.
     *
     * @param configuration changes it on the way
     */
    Loaded resume(TrainingMethod method, UnaryOperator<String> configuration) throws IOException {
        return newest(method, file -> read(file, method, configuration));
    }

    /** Reads something of a file. */
    private interface Reader<T> {
        T read(Path file) throws IOException;
    }

    private <T> T newest(TrainingMethod method, Reader<T> reader) throws IOException {
        List<String> reasons = new ArrayList<>();
        for (Path file : List.of(file(method), before(method))) {
            if (Files.exists(file)) {
                try {
                    requireWhole(file);
                    return reader.read(file);
                } catch (IOException | RuntimeException e) {
                    reasons.add(file + ": " + e.getMessage());
                }
            }
        }
        throw new IOException(String.join("; ", reasons).replaceAll("\\s+", " ")
                + ": no checkpoint of this run can be read: delete it, or run without --resume");
    }

    private static Loaded read(Path file, TrainingMethod method, UnaryOperator<String> configuration)
            throws IOException {
        Trainee net = Trainee.of(ModelZip.load(file, configuration)); // sets the generator: what was saved comes after
        String[] states = new String(entry(file, RANDOM), StandardCharsets.UTF_8).split(" ");
        Nd4j.getRandom().setSeed(Long.parseLong(states[0]));
        Nd4j.getRandom().setStates(Long.parseLong(states[1]), Long.parseLong(states[2]));
        return new Loaded(net, RunState.of(method, entry(file, RUN)));
    }

    private static byte[] entry(Path file, String name) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(name);
            return zip.getInputStream(entry).readAllBytes();
        }
    }

    /** Reads it to its end, checksums and all. */
    private static void requireWhole(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                CRC32 sum = new CRC32();
                try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), sum)) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
                if (sum.getValue() != entry.getCrc()) {
                    throw new IOException("the checksum of " + entry.getName() + " is wrong");
                }
            }
            if (zip.getEntry(RANDOM) == null || zip.getEntry(RUN) == null) {
                throw new IOException("is no checkpoint");
            }
        }
    }
}
