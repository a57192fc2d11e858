package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An option that neither the method nor the model uses is named in a warning; the run goes on. */
class UnusedOptionsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain | --prune 0.5 | --prune",
                "plain | --values int8 | --values",
                "plain | --fill zero | --fill",
                "plain | --gelu fp16 | --gelu",
                "plain | --probabilities | --probabilities",
                "plain | --forward-pruned | --forward-pruned",
                "plain | --end 0.5,0.5 | --end",
                "checkpoint | --end 0.5,0.5 | --end",
                "razor | --end 0.5,0.5 | --end",
                "reversible-fixed | --return 0.2 | --return",
                "reversible-fixed | --start 0.875,0.125 | --start",
                "reversible | --gamma 0.25 | --gamma",
                "reversible | --prune 0.5 | --prune",
                "plan | --budget 90% --end 0.5,0.5 | --end",
                "plain | --tokens 32 | --tokens"
            })
    void isNamed(String method, String given, String option) throws IOException {
        String err = finetune(method, given.split(" "));
        List<String> warnings = err.lines().filter(l -> l.contains("warning")).toList();
        assertEquals(1, warnings.size(), err);
        assertTrue(warnings.get(0).contains(option), err);
    }

    @Test
    void whatOneOfTheMethodsUsesIsNotNamed() throws IOException {
        assertFalse(finetune("plain,razor,reversible", "--prune", "0.5", "--end", "0.5,0.5")
                .contains("warning"));
    }

    @Test
    void convertNamesThemToo() throws IOException {
        Path plain = folder.resolve("plain.zip");
        ModelSerializer.writeModel(SmallModels.vit(), plain.toFile(), true);
        CommandRun run = CommandRun.of(
                "convert",
                "--in",
                plain.toString(),
                "--out",
                folder.resolve("x.zip").toString(),
                "--method",
                "razor",
                "--steps",
                "10");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.err().contains("--steps"), run::err);
    }

    /** Without a number of steps the coefficients stay where they are at the start. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "reversible | --return 0.2 | --return without --steps",
                "reversible+approx | --return 0.2 | --return without --steps",
                "reversible | --end 0.5,0.5 | --end without --steps",
                "reversible-fixed | --return 0.2 | --return",
                "reversible-fixed | --return 0.2 --steps 10 | --steps",
                "reversible-random | --gamma 0.25 |",
                "reversible-random | --start 0.5,0.5 | --start",
                "reversible | --start 0.5,0.5 |",
                "checkpoint | --end 0.5,0.5 | --end",
                "plan | --budget 90% --steps 10 | --steps without --allow new-function",
                "plan | --budget 90% --allow new-function --end 0.5,0.5 | --end without --steps",
                "plan | --budget 90% --allow new-function --steps 10 --end 0.5,0.5 |",
                "reversible | --return 0.2 --end 0.5,0.5 --steps 10 |",
                "reversible-fixed | --end 0.5,0.5 |"
            })
    void convertNamesWhatGoesWithSteps(String method, String given, String unused) throws IOException {
        Path plain = folder.resolve("plain.zip");
        ModelSerializer.writeModel(SmallModels.vit(), plain.toFile(), true);
        List<String> all = new ArrayList<>(List.of("convert", "--in", plain.toString(), "--method", method));
        all.addAll(List.of("--out", folder.resolve("x.zip").toString()));
        all.addAll(List.of(given.split(" ")));
        CommandRun run = CommandRun.of(all.toArray(String[]::new));
        assertEquals(0, run.code(), run::err);
        List<String> warnings =
                run.err().lines().filter(l -> l.startsWith("warning")).toList();
        if (unused == null) {
            assertEquals(List.of(), warnings);
        } else {
            assertTrue(
                    warnings.contains("warning: --method " + method + " does not use " + unused), warnings::toString);
        }
    }

    private String finetune(String method, String... more) throws IOException {
        ColourImages.paint(folder.resolve("images"), 6);
        CommandRun run = CommandRun.finetuneVit(folder, method, more);
        assertEquals(0, run.code(), run::err);
        return run.err();
    }
}
