package org.revlayers.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/**
 * What a command line gave.
 *
 * @param code exit code
 * @param out  what it printed
 * @param err  its errors
 */
public record CommandRun(int code, String out, String err) {

    /** Runs a command in this process. */
    public static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int code = line.execute(arguments);
        return new CommandRun(code, out.toString(), err.toString());
    }

    /** Trains timm's tiny ViT, written to this folder, for an epoch on the pictures in its {@code images}. */
    static CommandRun finetuneVit(Path folder, String method, String... more) throws IOException {
        Path weights = new TinyVit().writeTimm(folder.resolve("vit.safetensors"));
        List<String> all = new ArrayList<>(List.of(
                "finetune",
                "--model",
                "vit",
                "--weights",
                weights.toString(),
                "--data",
                folder.resolve("images").toString(),
                "--size",
                "32",
                "--batch",
                "4",
                "--epochs",
                "1",
                "--method",
                method,
                "--out",
                folder.resolve("out").toString()));
        all.addAll(List.of(more));
        return of(all.toArray(String[]::new));
    }

    /** The first line that begins with this; what was printed if there is none. */
    public String line(String start) {
        return out.lines().filter(l -> l.startsWith(start)).findFirst().orElse("no line \"" + start + "\" in:\n" + out);
    }
}
