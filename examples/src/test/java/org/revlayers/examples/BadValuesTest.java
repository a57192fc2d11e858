package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A bad value is refused before anything is fetched, read or trained: exit code 2, one line with the option, the value and a hint. */
class BadValuesTest {

    @TempDir
    static Path folder;

    private static String cacheBefore;

    /** The cache is a file: whoever fetches fails with its name. */
    @BeforeAll
    static void files() throws IOException {
        cacheBefore = System.getProperty("revlayers.cache");
        Path cache = Files.writeString(folder.resolve("no-cache"), "");
        System.setProperty("revlayers.cache", cache.toString());
        ColourImages.paint(folder.resolve("images"), 4);
        new TinyVit().writeTimm(folder.resolve("vit.safetensors"));
        ModelSerializer.writeModel(
                SmallModels.vit(), folder.resolve("plain.zip").toFile(), true);
        Files.writeString(folder.resolve("file"), "");
    }

    @AfterAll
    static void cache() {
        if (cacheBefore == null) {
            System.clearProperty("revlayers.cache");
        } else {
            System.setProperty("revlayers.cache", cacheBefore);
        }
    }

    private static final String HIERA = "finetune --model hiera-tiny";
    private static final String MINILM = "finetune --model minilm";
    private static final String RESNET = "finetune --model resnet50";
    private static final String VIT = "finetune --model vit --weights @vit.safetensors --data @images";
    private static final String CONVERT = "convert --in @plain.zip --out @new.zip";
    private static final String BENCH = "bench --model vit-ti16 --size 16 --depth 2 --batch 1 --steps 1";

    static Stream<Arguments> bad() {
        List<Arguments> all = new ArrayList<>();
        for (String model : new String[] {HIERA, MINILM, RESNET, VIT}) {
            for (String lr : new String[] {"-5", "0", "NaN", "Infinity", "-Infinity", "1e-400", "1e30", "x"}) {
                all.add(Arguments.of(model + " --lr " + lr, "--lr"));
            }
            for (String option :
                    new String[] {"--batch", "--epochs", "--train-items", "--test-items", "--size", "--tokens"}) {
                for (String value : new String[] {"0", "-7", "1.5", "99999999999"}) {
                    all.add(Arguments.of(model + " " + option + " " + value, option));
                }
            }
            all.add(Arguments.of(
                    model + " --epochs 2147483647 --batch 3", "--epochs")); // more steps than an int counts
            all.add(Arguments.of(model + " --method razor --adaptive=0", "--adaptive"));
            all.add(Arguments.of(model + " --method razor --adaptive=-3", "--adaptive"));
            for (String prune : new String[] {"1.5", "1", "-0.1", "NaN"}) {
                all.add(Arguments.of(model + " --method razor --prune " + prune, "--prune"));
                all.add(Arguments.of(model + " --method plain --prune " + prune, "--prune"));
            }
            for (String end :
                    new String[] {"1", "0.5,0", "0.5,-0.5", "NaN,1", "0.3,0.3", "9,9", "536870912.5,0.5", "a,b", "1,1,1"
                    }) {
                all.add(Arguments.of(model + " --method reversible --end " + end, "--end"));
            }
            all.add(Arguments.of(model + " --method plan --allow new-function --return 0.2", "--return"));
            all.add(Arguments.of(model + " --method plain,plain", "--method"));
            all.add(Arguments.of(model + " --method foo", "--method"));
            all.add(Arguments.of(model + " --out @file", "--out"));
            all.add(Arguments.of(model + " --out @file/below", "--out"));
            all.add(Arguments.of(model + " --out /proc/none", "--out"));
            all.add(Arguments.of(model + " --bogus", "--bogus"));
        }
        all.add(Arguments.of(BENCH + " --methods plain,bsr --train-blocks 2", "--train-blocks"));
        all.add(Arguments.of(BENCH + " --methods bsr+razor --drop-at 2", "--drop-at"));
        all.add(Arguments.of(RESNET + " --method approx", "--method"));
        all.add(Arguments.of(RESNET + " --method plain,recompute", "--method"));
        all.add(Arguments.of(HIERA + " --train-items 50001", "--train-items"));
        all.add(Arguments.of(HIERA + " --test-items 10001", "--test-items"));
        all.add(Arguments.of(RESNET + " --train-items 50001", "--train-items"));
        all.add(Arguments.of(MINILM + " --train-items 5087", "--train-items"));
        all.add(Arguments.of(MINILM + " --test-items 2134", "--test-items"));
        all.add(Arguments.of(MINILM + " --validate --train-items 5086", "--validate"));
        all.add(Arguments.of(MINILM + " --validate --train-items 3000 --test-items 2087", "--validate"));
        all.add(Arguments.of(HIERA + " --validate --train-items 49999 --test-items 2", "--validate"));
        all.add(Arguments.of(VIT + " --validate --train-items 2 --test-items 1000", "--test-items"));
        all.add(Arguments.of(MINILM + " --tokens 513", "--tokens"));
        all.add(Arguments.of(MINILM + " --tokens 1", "--tokens"));
        all.add(Arguments.of(VIT + " --train-items 100", "--train-items"));
        all.add(Arguments.of(RESNET + " --size 32768", "--size"));
        all.add(Arguments.of(VIT + " --size 17", "--size"));
        for (String more : new String[] {
            "--steps -1",
            "--batch 0",
            "--batch 100000000",
            "--end NaN,1",
            "--prune 1.5",
            "--return 0.2 --steps 10 --method plan --allow new-function",
            "--out @images",
            "--out @nowhere/x.zip",
            "--out @file/x.zip",
            "--in @nowhere.zip",
            "--method approx",
            "--input 3,999999999,999999999"
        }) {
            all.add(Arguments.of(CONVERT + " " + more, more.split(" ")[0]));
        }
        for (String more : new String[] {
            "--batch 0",
            "--size 0",
            "--size 17",
            "--depth -1",
            "--steps 0",
            "--rounds -1",
            "--rounds 9",
            "--coefficients 1",
            "--coefficients 1,2,3",
            "--coefficients NaN,1",
            "--coefficients 1,0.3",
            "--coefficients 9,9",
            "--methods foo",
            "--model foo",
            "--prune 1.5",
            "--methods reversible --coefficients 1,0",
            "--methods plan --allow new-function --coefficients 1,0"
        }) {
            String[] words = more.split(" ");
            all.add(Arguments.of(BENCH + " " + more, words[words.length - 2]));
        }
        all.add(Arguments.of("inspect @plain.zip --batch 0", "--batch"));
        all.add(Arguments.of("inspect @plain.zip --tokens -7", "--tokens"));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("bad")
    void isRefusedInOneLine(String line, String option) throws IOException {
        List<String> words = new ArrayList<>();
        for (String word : line.replace("@", folder + "/").split(" ")) {
            int before = words.indexOf(word);
            if (word.startsWith("--") && before >= 0) {
                words.subList(before, before + 2).clear(); // the later one counts
            }
            words.add(word);
        }
        if (words.get(0).equals("finetune") && !words.contains("--out")) {
            words.addAll(List.of("--out", folder.resolve("out").toString()));
        }
        CommandRun run = CommandRun.of(words.toArray(String[]::new));
        assertEquals(2, run.code(), () -> line + "\n" + run.err());
        assertEquals(1, run.err().strip().lines().count(), run::err);
        assertTrue(run.err().contains(option) && run.err().contains("--help"), run::err);
        assertEquals("", run.out());
        assertTrue(Files.notExists(folder.resolve("new.zip")));
    }
}
