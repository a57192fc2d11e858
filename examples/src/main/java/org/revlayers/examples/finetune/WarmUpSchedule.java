package org.revlayers.examples.finetune;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * A learning rate that rises linearly over the first steps and then falls linearly to zero. ND4J's RampSchedule does the same to any
 * schedule, but a model saved with it cannot be loaded (M2.1).
 *
 * @param peak   the highest rate
 * @param warmUp steps until the peak
 * @param steps  steps in all
 */
public record WarmUpSchedule(
        @JsonProperty("peak") double peak, @JsonProperty("warmUp") int warmUp, @JsonProperty("steps") int steps)
        implements ISchedule {

    /**
     * A network's configuration whose rates are for another number of steps, wherever they are in it.
     *
     * @param json as DL4J writes it
     */
    static String stretched(String json, int steps) {
        try {
            ObjectMapper mapper = new ObjectMapper();
            JsonNode root = mapper.readTree(json);
            for (JsonNode parent : root.findParents("warmUp")) {
                if (parent instanceof ObjectNode node && node.has("peak") && node.has("steps")) {
                    node.put("warmUp", steps / 10).put("steps", steps);
                }
            }
            return mapper.writeValueAsString(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same course at so many times the rate. */
    public WarmUpSchedule times(double factor) {
        return new WarmUpSchedule(factor * peak, warmUp, steps);
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        double rise = (iteration + 1.0) / Math.max(1, warmUp);
        double fall = (steps - iteration) / (double) Math.max(1, steps - warmUp);
        return peak * Math.max(0, Math.min(1, Math.min(rise, fall)));
    }

    @Override
    public ISchedule clone() {
        return this;
    }
}
