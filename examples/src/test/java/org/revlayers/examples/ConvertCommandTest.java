package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.chain.ReversibleChain;

/** {@code convert} from its command line. */
class ConvertCommandTest {

    @TempDir
    Path folder;

    private Path saved() throws IOException {
        Path file = folder.resolve("plain.zip");
        ModelSerializer.writeModel(SmallModels.vit(), file.toFile(), true);
        return file;
    }

    @Test
    void convertsAndRestoresAFile() throws IOException {
        Path plain = saved();
        Path chain = folder.resolve("chain.zip");
        Path back = folder.resolve("back.zip");
        CommandRun run = CommandRun.of(
                "convert", "--in", plain.toString(), "--out", chain.toString(), "--steps", "100", "--input", "3,32,32");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.out().contains("chain chain1: 6 sub-blocks from embedding, block0, block1, block2"), run::out);
        assertTrue(run.out().contains("left pooling: not a residual block"), run::out);
        assertTrue(run.out().contains("output difference on the sample"), run::out);
        assertTrue(run.out().contains("predicted for backward"), run::out);
        MultiLayerNetwork converted = (MultiLayerNetwork) new ModelFile(chain).load();
        ReversibleChain layer = (ReversibleChain) converted.getLayer(0).conf().getLayer();
        assertEquals(100, layer.getSchedule().getTotalIterations());

        CommandRun restored =
                CommandRun.of("convert", "--in", chain.toString(), "--out", back.toString(), "--method", "plain");
        assertEquals(0, restored.code(), restored::err);
        assertEquals(
                new ModelFile(plain).load().params(), new ModelFile(back).load().params());
        assertEquals(new ModelFile(plain).configuration(), new ModelFile(back).configuration());
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        Path plain = saved();
        Path target = folder.resolve("x.zip");
        fails(2, "there is no file", "--in", folder.resolve("none.zip").toString(), "--out", target.toString());
        fails(1, "nothing to restore", "--in", plain.toString(), "--out", target.toString(), "--method", "plain");
        fails(2, "--method approx", "--in", plain.toString(), "--out", target.toString(), "--method", "approx");
        assertTrue(Files.notExists(target));
    }

    private static void fails(int code, String words, String... arguments) {
        CommandRun run = CommandRun.of(
                Stream.concat(Stream.of("convert"), Stream.of(arguments)).toArray(String[]::new));
        assertEquals(code, run.code());
        assertTrue(run.err().contains(words), run::err);
    }
}
