package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import picocli.CommandLine;

/** {@code finetune --model vit} from its command line: a weights file, a folder of images, results and report. */
class FinetuneVitCommandTest {

    private static final int IMAGES = 40;
    private static final int BATCH = 8;

    @TempDir
    private Path folder;

    private Path images;

    private final StringWriter err = new StringWriter();

    @BeforeEach
    void paint() throws IOException {
        images = ColourImages.paint(folder, IMAGES);
    }

    private int run(Path weights, Path out, int size, String... more) {
        CommandLine line = Main.commandLine();
        line.setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of("finetune", "--model", "vit", "--weights", weights.toString()));
        all.addAll(List.of("--data", images.toString(), "--out", out.toString()));
        all.addAll(List.of("--size", Integer.toString(size), "--batch", Integer.toString(BATCH), "--lr", "1e-3"));
        all.addAll(List.of(more));
        return line.execute(all.toArray(String[]::new));
    }

    @Test
    void allMethodsLearnTheColoursAndApproxKeepsLess(@TempDir Path out) throws IOException {
        Path weights = new TinyVit().writeTimm(out.resolve("timm.safetensors"));
        assertEquals(0, run(weights, out, 32, "--epochs", "3", "--method", "plain,approx,recompute"), err::toString);
        JsonNode results =
                new ObjectMapper().readTree(out.resolve("results.json").toFile());
        assertEquals(3, results.size());
        long[] kept = new long[3];
        for (int i = 0; i < 3; i++) {
            JsonNode r = results.get(i);
            assertEquals(
                    List.of("plain", "approx", "recompute").get(i),
                    r.get("method").asText());
            assertTrue(r.get("accuracy").asDouble() >= 0.9, r::toString); // 16 images of two classes
            assertTrue(r.get("macroF1").asDouble() >= 0.9, r::toString);
            JsonNode memory = r.get("memory");
            kept[i] = memory.get("keptBytes").asLong();
            assertTrue(memory.get("peakBytes").asLong() >= kept[i], r::toString);
            assertTrue(Files.size(out.resolve("checkpoint-" + r.get("method").asText() + ".zip")) > 0);
        }
        long hidden = 2L * BATCH * TinyVit.TOKENS * TinyVit.HIDDEN; // elements, in two blocks
        long statistics = 2L * BATCH * TinyVit.TOKENS; // a mean less in each block's second norm
        assertEquals(
                4 * (hidden + statistics) - hidden / 4, kept[0] - kept[1], "approx has codes for what plain keeps");
        assertEquals(4 * hidden, kept[0] - kept[2], "recompute computes the hidden activation again");
        String report = Files.readString(out.resolve("report.html"));
        assertTrue(report.contains("timm.safetensors") && report.contains("(2 classes), 64 training and 16 test"));
        assertEquals(
                4,
                report.split("data:image/png;base64", -1).length - 1,
                "loss, memory of a step, kept and peak are drawn");
    }

    /** From a file of Hugging Face's names, with another grid of positions than the file's. */
    @Test
    void aFinishedRunIsResumedWithTheSameResult(@TempDir Path out) throws IOException {
        Path weights = new TinyVit().writeHuggingFace(out.resolve("hf.safetensors"));
        assertEquals(0, run(weights, out, 48, "--epochs", "2", "--method", "approx"), err::toString);
        JsonNode first = new ObjectMapper().readTree(out.resolve("results.json").toFile());
        assertTrue(first.get(0).get("accuracy").asDouble() >= 0.9, first::toString);
        assertTrue(first.get(0).get("stepSeconds").asDouble() > 0, first::toString);

        assertEquals(0, run(weights, out, 48, "--epochs", "2", "--method", "approx", "--resume"), err::toString);
        JsonNode again = new ObjectMapper().readTree(out.resolve("results.json").toFile());
        assertEquals(first.get(0).get("accuracy"), again.get(0).get("accuracy"));
        assertEquals(first, again, "all its figures");
    }

    @Test
    void errorsNameTheRemedy(@TempDir Path out) throws IOException {
        Path weights = new TinyVit().writeTimm(out.resolve("timm.safetensors"));
        assertEquals(2, run(out.resolve("none"), out, 32));
        assertTrue(err.toString().contains("--weights names a safetensors file"), err::toString);
        assertEquals(2, run(weights, out, 30));
        assertTrue(err.toString().contains("--size is a multiple of the patch"), err::toString);
        images = out.resolve("nowhere");
        assertEquals(2, run(weights, out, 32));
        assertTrue(err.toString().contains("--data holds one folder of images per class"), err::toString);
        images = ColourImages.paint(out.resolve("few"), 2);
        assertEquals(1, run(weights, out, 32));
        assertTrue(err.toString().contains("at least 3 in a class"), err::toString);
        assertEquals(2, Main.commandLine().setErr(new PrintWriter(err, true)).execute("finetune", "--model", "vitt"));
        assertTrue(err.toString().contains("models are hiera-tiny, minilm, vit and resnet50; got vitt"), err::toString);
    }
}
