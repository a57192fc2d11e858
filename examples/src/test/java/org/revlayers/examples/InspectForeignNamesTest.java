package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names in files are the author's, the terminal is the user's. */
class InspectForeignNamesTest {

    private static final String ESCAPES = "\u001b]0;title\u0007\u001b[2J\u202e\u2028";

    @TempDir
    Path folder;

    @Test
    void tensorNamesDoNotReachTheTerminal() throws Exception {
        String json =
                "{\"\\u001b]0;title\\u0007\\u001b[2J\\u202e\\u2028\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        harmless(CommandRun.of("inspect", safetensors(json, 4).toString()), "\\u001b[2J");
        harmless(CommandRun.of("inspect", safetensors(json, 3).toString()), "");
    }

    @Test
    void layerNamesDoNotReachTheTerminal() throws Exception {
        harmless(CommandRun.of("inspect", network(1, ESCAPES).toString()), "\\u001b[2J");
    }

    @Test
    void oneLongNameDoesNotWidenEveryLine() throws Exception {
        CommandRun run =
                CommandRun.of("inspect", network(100, "x".repeat(100_000)).toString());
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().length() < 300_000, run.out().length() + " characters");
    }

    private static void harmless(CommandRun run, String shown) {
        String all = run.out() + run.err();
        assertTrue(
                all.replace("\n", "")
                        .codePoints()
                        .noneMatch(c -> Character.isISOControl(c) || c == 0x202e || c == 0x2028),
                all);
        assertTrue(all.contains(shown), all);
    }

    private Path safetensors(String json, int bytes) throws Exception {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(8 + header.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(
                folder.resolve("x.safetensors"),
                all.putLong(header.length).put(header).array());
    }

    private Path network(int layers, String name) throws Exception {
        ListBuilder list = new NeuralNetConfiguration.Builder().list();
        for (int i = 0; i < layers; i++) {
            list.layer(new DenseLayer.Builder()
                    .name(i == 0 ? name : "d" + i)
                    .nIn(2)
                    .nOut(2)
                    .build());
        }
        list.layer(new OutputLayer.Builder().nIn(2).nOut(2).build());
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        Path file = folder.resolve("net.zip");
        net.save(file.toFile());
        return file;
    }
}
