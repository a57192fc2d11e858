package org.revlayers.internal.planner;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Plans as JSON: sizes in bytes, times in seconds. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class PlanJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Writes. */
    public static String of(PlanFigures plan) {
        ObjectNode root = MAPPER.createObjectNode();
        BudgetParts parts = plan.budget();
        root.putObject("budget")
                .put("text", parts.text())
                .put("bytes", parts.bytes())
                .put("process", parts.process())
                .put("weights", parts.weights())
                .put("data", parts.data())
                .put("own", parts.own());
        root.put("batch", plan.batch());
        root.putObject("batches")
                .put("fastest", plan.batches().fastest())
                .put("examplesPerSecond", plan.batches().perSecond())
                .put("largest", plan.batches().largest());
        root.put("restBytes", plan.restBytes());
        totals(root.putObject("predicted"), plan.plan());
        totals(root.putObject("plain"), plan.plain());
        root.put("exactness", word(plan.exactness()));
        ArrayNode rows = root.putArray("units");
        for (PlanFigures.Row row : plan.rows()) {
            ObjectNode node = rows.addObject()
                    .put("name", row.name())
                    .put("answer", row.answer().label())
                    .put("memory", row.memory().toString())
                    .put("exactness", word(row.exactness()))
                    .put("keptBytes", row.keptBytes())
                    .put("peakBytes", row.peakBytes())
                    .put("extraSeconds", row.seconds())
                    .put("binds", row.binds());
            ArrayNode units = node.putArray("layers");
            row.units().forEach(unit -> {
                ArrayNode members = units.addArray();
                unit.forEach(members::add);
            });
        }
        ArrayNode points = root.putArray("frontier");
        for (PlanFigures.Point point : plan.frontier()) {
            points.addObject()
                    .put("peakBytes", point.peakBytes())
                    .put("extraSeconds", point.seconds())
                    .put("exactness", word(point.exactness()))
                    .put("chosen", point.chosen())
                    .put("knee", point.knee());
        }
        ObjectNode memory = root.putObject("stepMemory");
        parts(memory.putArray("plan"), plan.memory().plan());
        parts(memory.putArray("plain"), plan.memory().plain());
        return root.toPrettyString();
    }

    private static void parts(ArrayNode array, List<StepMemory.Part> parts) {
        parts.forEach(part -> array.addObject()
                .put("name", part.name())
                .put("units", part.units())
                .put("answer", part.answer().label())
                .put("keptBytes", part.kept())
                .put("forwardBytes", part.forward())
                .put("backwardBytes", part.backward()));
    }

    private static List<StepMemory.Part> parts(JsonNode array) {
        List<StepMemory.Part> parts = new ArrayList<>();
        array.forEach(part -> parts.add(new StepMemory.Part(
                need(part, "name").asText(),
                need(part, "units").asInt(),
                Answer.of(need(part, "answer").asText()),
                need(part, "keptBytes").asLong(),
                need(part, "forwardBytes").asLong(),
                need(part, "backwardBytes").asLong())));
        return parts;
    }

    private static void totals(ObjectNode node, PlanFigures.Totals totals) {
        node.put("peakBytes", totals.peakBytes())
                .put("keptBytes", totals.keptBytes())
                .put("stepSeconds", totals.seconds())
                .put("writtenBytes", totals.writtenBytes());
    }

    private static String word(Exactness exactness) {
        return exactness.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads.
     *
     * @throws IllegalArgumentException for a text that is no plan
     */
    public static PlanFigures read(String json) {
        try {
            JsonNode root = MAPPER.readTree(json);
            JsonNode parts = need(root, "budget");
            JsonNode batches = need(root, "batches");
            List<PlanFigures.Row> rows = new ArrayList<>();
            for (JsonNode row : need(root, "units")) {
                List<List<String>> units = new ArrayList<>();
                for (JsonNode unit : need(row, "layers")) {
                    List<String> members = new ArrayList<>();
                    unit.forEach(member -> members.add(member.asText()));
                    units.add(List.copyOf(members));
                }
                Answer answer = Answer.of(need(row, "answer").asText());
                rows.add(new PlanFigures.Row(
                        need(row, "name").asText(),
                        units,
                        answer,
                        row.has("memory") ? Memory.parse(row.get("memory").asText()) : answer.memory(),
                        row.has("exactness") ? exactness(row) : answer.exactness(),
                        need(row, "keptBytes").asLong(),
                        need(row, "peakBytes").asLong(),
                        need(row, "extraSeconds").asDouble(),
                        need(row, "binds").asBoolean()));
            }
            List<PlanFigures.Point> points = new ArrayList<>();
            for (JsonNode point : need(root, "frontier")) {
                points.add(new PlanFigures.Point(
                        need(point, "peakBytes").asLong(),
                        need(point, "extraSeconds").asDouble(),
                        exactness(point),
                        need(point, "chosen").asBoolean(),
                        need(point, "knee").asBoolean()));
            }
            return new PlanFigures(
                    new BudgetParts(
                            need(parts, "text").asText(),
                            need(parts, "bytes").asLong(),
                            need(parts, "process").asLong(),
                            need(parts, "weights").asLong(),
                            need(parts, "data").asLong(),
                            need(parts, "own").asLong()),
                    need(root, "batch").asLong(),
                    new Batches(
                            need(batches, "fastest").asLong(),
                            need(batches, "examplesPerSecond").asDouble(),
                            need(batches, "largest").asLong()),
                    need(root, "restBytes").asLong(),
                    totals(need(root, "predicted")),
                    totals(need(root, "plain")),
                    exactness(root),
                    rows,
                    points,
                    new StepMemory(
                            parts(root.path("stepMemory").path("plan")),
                            parts(root.path("stepMemory").path("plain"))));
        } catch (IOException e) {
            throw new IllegalArgumentException("a plan is a JSON object; this text is none: " + e.getMessage(), e);
        }
    }

    private static Exactness exactness(JsonNode node) {
        return Exactness.valueOf(need(node, "exactness").asText().toUpperCase(Locale.ROOT));
    }

    private static PlanFigures.Totals totals(JsonNode node) {
        return new PlanFigures.Totals(
                need(node, "peakBytes").asLong(),
                need(node, "keptBytes").asLong(),
                need(node, "stepSeconds").asDouble(),
                node.path("writtenBytes").asLong(0));
    }

    private static JsonNode need(JsonNode node, String name) {
        JsonNode found = node.get(name);
        if (found == null || found.isNull()) {
            throw new IllegalArgumentException("a plan has \"" + name + "\"; this JSON has not");
        }
        return found;
    }
}
