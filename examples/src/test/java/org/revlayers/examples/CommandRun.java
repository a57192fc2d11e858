package org.revlayers.examples;

import java.io.PrintWriter;
import java.io.StringWriter;
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

    /** The first line that begins with this; what was printed if there is none. */
    public String line(String start) {
        return out.lines().filter(l -> l.startsWith(start)).findFirst().orElse("no line \"" + start + "\" in:\n" + out);
    }
}
