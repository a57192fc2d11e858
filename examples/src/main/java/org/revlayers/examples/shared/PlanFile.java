package org.revlayers.examples.shared;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.MemoryPlan;
import org.revlayers.internal.machine.WholeFile;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * A plan on its way from the process that makes it, and needs memory for that, to the one that trains by it, whose memory is measured.
 *
 * @param path of a file of JSON
 */
public record PlanFile(Path path) {

    /** Makes a plan, says it and writes it. */
    public MemoryPlan make(PlanChoice choice, Model net, DataSet batch, CoefficientSchedule schedule) {
        MemoryPlan plan = choice.plan(net, batch, schedule);
        System.err.print(plan);
        byte[] json = plan.toJson().getBytes(StandardCharsets.UTF_8);
        try {
            WholeFile.write(path, out -> out.write(json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return plan;
    }

    /** The plan that was written. */
    public MemoryPlan read() {
        try {
            return MemoryPlan.ofJson(Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
