package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.revlayers.MemoryPlan;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.Coefficients;

/**
 * How far a method has come, beside its network: what a run that goes on needs in order to end with the table of one that was not interrupted.
 *
 * @param options what decides the training, by name
 * @param result  so far; its scores are NaN before the evaluation
 */
record RunState(Map<String, String> options, Result result) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    boolean isEvaluated() {
        return !Double.isNaN(result.accuracy());
    }

    /** Throws unless a run that is to go on was begun with what decides it now. */
    void requireSame(Map<String, String> decisive) {
        decisive.forEach((name, now) -> {
            String was = options.get(name);
            UsageException.unless(
                    was == null || was.equals(now),
                    "--resume: " + name + " was " + was + " and is " + now + ": give it as before, or another --out");
        });
    }

    byte[] toJson() throws IOException {
        ObjectNode root = MAPPER.createObjectNode().put("format", 1);
        options.forEach(root.putObject("options")::put);
        if (isEvaluated()) {
            root.put("accuracy", result.accuracy()).put("macroF1", result.macroF1());
        }
        ArrayNode steps = root.putArray("steps");
        for (TrainingStep s : result.steps()) {
            ArrayNode step = steps.addArray().add(s.number()).add(s.loss()).add(s.seconds());
            step.add(s.proved()).add(s.kept()).add(s.peak());
            if (s.coefficients() != null) {
                step.add(s.coefficients().a())
                        .add(s.coefficients().b())
                        .add(s.coefficients().q())
                        .add(s.coefficients().form().name());
            }
        }
        MemoryReport memory = result.memory();
        if (memory != null) {
            ObjectNode node =
                    root.putObject("memory").put("peak", memory.peakBytes()).put("written", memory.writtenBytes());
            memory.processBytes().ifPresent(bytes -> node.put("process", bytes));
            ArrayNode rows = node.putArray("rows");
            memory.rows().forEach(r -> rows.addArray()
                    .add(r.layer())
                    .add(r.tensor())
                    .add(r.category())
                    .add(r.bytes())
                    .add(r.predicted()));
        }
        if (result.plan() != null) {
            root.set("plan", MAPPER.readTree(result.plan().toJson()));
        }
        ArrayNode timeline = root.putArray("timeline");
        result.timeline().forEach(p -> timeline.addArray().add(p[0]).add(p[1]));
        return MAPPER.writeValueAsBytes(root);
    }

    static RunState of(TrainingMethod method, byte[] json) throws IOException {
        JsonNode root = MAPPER.readTree(json);
        if (root.path("format").asInt() != 1) {
            throw new IOException("it is of another version");
        }
        Map<String, String> options = new LinkedHashMap<>();
        root.path("options")
                .fields()
                .forEachRemaining(e -> options.put(e.getKey(), e.getValue().asText()));
        List<TrainingStep> steps = new ArrayList<>();
        for (JsonNode s : root.path("steps")) {
            steps.add(new TrainingStep(
                    s.get(0).asInt(),
                    s.get(1).asDouble(),
                    s.get(2).asDouble(),
                    s.size() < 9
                            ? null
                            : new Coefficients(
                                    s.get(6).asInt(),
                                    s.get(7).asInt(),
                                    s.get(8).asInt(),
                                    s.size() < 10
                                            ? ChainForm.DUAL_RESIDUAL
                                            : ChainForm.valueOf(s.get(9).asText())),
                    s.get(3).asLong(),
                    s.get(4).asLong(),
                    s.get(5).asLong()));
        }
        List<double[]> timeline = new ArrayList<>();
        root.path("timeline")
                .forEach(p ->
                        timeline.add(new double[] {p.get(0).asDouble(), p.get(1).asDouble()}));
        return new RunState(
                options,
                new Result(
                        method,
                        root.path("accuracy").asDouble(Double.NaN),
                        root.path("macroF1").asDouble(Double.NaN),
                        steps,
                        memory(root.path("memory")),
                        timeline,
                        root.has("plan") ? MemoryPlan.ofJson(root.get("plan").toString()) : null));
    }

    private static MemoryReport memory(JsonNode node) {
        if (node.isMissingNode()) {
            return null;
        }
        List<MemoryReport.Row> rows = new ArrayList<>();
        node.path("rows")
                .forEach(r -> rows.add(new MemoryReport.Row(
                        r.get(0).asText(),
                        r.get(1).asText(),
                        r.get(2).asText(),
                        r.get(3).asLong(),
                        r.get(4).asLong())));
        OptionalLong process =
                node.has("process") ? OptionalLong.of(node.get("process").asLong()) : OptionalLong.empty();
        return new MemoryReport(
                rows, node.path("peak").asLong(), process, node.path("written").asLong());
    }
}
