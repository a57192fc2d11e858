package org.revlayers.internal.kernel.linear;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.revlayers.internal.kernel.Warnings;
import org.revlayers.internal.machine.Cpu;
import org.revlayers.internal.machine.MachineFile;
import org.revlayers.internal.machine.NativeFiles;
import org.revlayers.internal.machine.UserCache;

/**
 * Which library computes the products of matrices: {@code -Drevlayers.gemm=nd4j|onednn|mkl}, or the fastest of those that are there, {@code auto}. That is measured
 * once for a machine and kept in the user's cache, because another library gives other bits: so a training gives the same ones on the next day. Where nothing can be
 * kept, nothing is measured.
 */
@Slf4j
@RequiredArgsConstructor
final class GemmChoice {

    static final String PROPERTY = "revlayers.gemm";

    /** What another library takes of ND4J's time at most, to be worth other bits. */
    static final double WORTH = 0.97;

    private static final String AUTO = "auto";
    private static final String KEPT = "gemm";

    private final Function<GemmLibrary, GemmProvider> opening;
    private final Function<Map<GemmLibrary, GemmProvider>, Map<GemmLibrary, Double>> overNd4j;
    private final Path folder;

    /** That of this process. */
    static GemmProvider standard() {
        return new GemmChoice(
                        GemmLibrary::open,
                        GemmMeter::overNd4j,
                        UserCache.folder().resolve(KEPT))
                .of(System.getProperty(PROPERTY, AUTO));
    }

    /** @param wanted a library's word, or auto */
    GemmProvider of(String wanted) {
        return wanted.equals(AUTO)
                ? fastest()
                : Arrays.stream(GemmLibrary.values())
                        .filter(library -> library.word().equals(wanted))
                        .findFirst()
                        .map(this::forced)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "-D" + PROPERTY + " is auto, nd4j, onednn or mkl, not \"" + wanted + "\""));
    }

    private GemmProvider forced(GemmLibrary library) {
        try {
            return opening.apply(library);
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "-D" + PROPERTY + "=" + library.word() + ": the library is not on the class path or does not load ("
                            + e + "): add " + library.artifacts + ", or leave the property out",
                    e);
        }
    }

    private GemmProvider fastest() {
        Map<GemmLibrary, GemmProvider> there = new EnumMap<>(GemmLibrary.class);
        for (GemmLibrary library : GemmLibrary.values()) {
            try {
                there.put(library, opening.apply(library));
            } catch (LinkageError e) {
                log.debug("Products of matrices without {}", library.word(), e);
            }
        }
        if (there.size() == 1) {
            return there.get(GemmLibrary.ND4J);
        }
        MachineFile file = MachineFile.in(folder, KEPT, machine(there));
        try {
            return there.get(kept(file, there));
        } catch (IOException e) {
            GemmProvider first = there.values().iterator().next();
            Warnings.warn(
                    log,
                    "Which library is the fastest for products of matrices cannot be kept, so that " + first.name()
                            + " runs, unmeasured (" + e.getMessage() + "). Remove " + file.path()
                            + " if it is damaged, name a folder that can be written with -Drevlayers.cache, or choose with -D"
                            + PROPERTY + ".");
            return first;
        }
    }

    private static String machine(Map<GemmLibrary, GemmProvider> there) {
        return Cpu.name() + "; " + Nd4j.getEnvironment().maxThreads() + " threads; " + NativeFiles.nd4jBinary() + "; "
                + there.values().stream().map(GemmProvider::name).collect(Collectors.joining(", "));
    }

    private GemmLibrary kept(MachineFile file, Map<GemmLibrary, GemmProvider> there) throws IOException {
        if (!file.exists()) {
            file.makeFolder();
            Map<GemmLibrary, Double> times = overNd4j.apply(there);
            if (!file.exists()) { // else another process was first
                write(file, times);
            }
        }
        String word = file.read().path(KEPT).asText();
        return there.keySet().stream()
                .filter(library -> library.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IOException("it names no library that is here: \"" + word + "\""));
    }

    private static void write(MachineFile file, Map<GemmLibrary, Double> times) throws IOException {
        GemmLibrary fastest = times.entrySet().stream()
                .min(Map.Entry.comparingByValue())
                .filter(entry -> entry.getValue() <= WORTH)
                .map(Map.Entry::getKey)
                .orElse(GemmLibrary.ND4J);
        ObjectNode content = file.content().put(KEPT, fastest.word());
        ObjectNode shares = content.putObject("overNd4j");
        times.forEach((library, time) -> shares.put(library.word(), time));
        file.write(content);
    }
}
