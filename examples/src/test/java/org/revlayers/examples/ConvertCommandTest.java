package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.models.VisionTransformer;
import picocli.CommandLine;

/** {@code convert} from its command line. */
class ConvertCommandTest {

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    private Path saved() throws IOException {
        MultiLayerNetwork net = VisionTransformer.builder()
                .features(16)
                .heads(2)
                .depth(3)
                .height(32)
                .width(32)
                .classes(4)
                .updater(new Adam(1e-3))
                .build()
                .init();
        Path file = folder.resolve("plain.zip");
        ModelSerializer.writeModel(net, file.toFile(), true);
        return file;
    }

    @Test
    void convertsAndRestoresAFile() throws IOException {
        Path plain = saved();
        Path chain = folder.resolve("chain.zip");
        Path back = folder.resolve("back.zip");
        assertEquals(
                0,
                run(
                        "convert",
                        "--in",
                        plain.toString(),
                        "--out",
                        chain.toString(),
                        "--steps",
                        "100",
                        "--input",
                        "3,32,32"),
                err.toString());
        assertTrue(
                out.toString().contains("chain chain1: 6 sub-blocks from embedding, block0, block1, block2"),
                out.toString());
        assertTrue(out.toString().contains("left pooling: not a residual block"), out.toString());
        assertTrue(out.toString().contains("output difference on the sample"), out.toString());
        assertTrue(out.toString().contains("predicted for backward"), out.toString());
        MultiLayerNetwork converted = (MultiLayerNetwork) new ModelFile(chain).load();
        ReversibleChain layer = (ReversibleChain) converted.getLayer(0).conf().getLayer();
        assertEquals(100, layer.getSchedule().getTotalIterations());

        assertEquals(
                0,
                run("convert", "--in", chain.toString(), "--out", back.toString(), "--method", "plain"),
                err.toString());
        assertEquals(
                new ModelFile(plain).load().params(), new ModelFile(back).load().params());
        assertEquals(new ModelFile(plain).configuration(), new ModelFile(back).configuration());
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        Path plain = saved();
        Path target = folder.resolve("x.zip");
        assertEquals(1, run("convert", "--in", folder.resolve("none.zip").toString(), "--out", target.toString()));
        assertTrue(err.toString().contains("there is no file"), err.toString());
        assertEquals(1, run("convert", "--in", plain.toString(), "--out", target.toString(), "--method", "plain"));
        assertTrue(err.toString().contains("nothing to restore"), err.toString());
        assertEquals(1, run("convert", "--in", plain.toString(), "--out", target.toString(), "--method", "approx"));
        assertTrue(err.toString().contains("--method approx"), err.toString());
        assertTrue(Files.notExists(target));
    }
}
