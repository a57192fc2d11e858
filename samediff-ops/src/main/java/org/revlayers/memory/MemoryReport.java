package org.revlayers.memory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What one training step needed, in bytes.
 *
 * @param rows         every tensor that was kept for backward when the forward pass had ended
 * @param peakBytes    the most bytes of live arrays during the step beyond weights, their gradients and updater state; 0 if not yet known
 * @param processBytes the whole process's peak as the operating system counts it; empty where it does not
 * @param writtenBytes what the thread has really written to a disk since the step before, for other networks too if it trains several in turn; as many come
 *                     back
 * @since 0.1.0
 */
public record MemoryReport(List<Row> rows, long peakBytes, OptionalLong processBytes, long writtenBytes) {

    private static final double MIB = 1 << 20;

    /** Of a step that wrote nothing to a disk. */
    public MemoryReport(List<Row> rows, long peakBytes, OptionalLong processBytes) {
        this(rows, peakBytes, processBytes, 0);
    }

    /**
     * One kept tensor.
     *
     * @param layer     its owner
     * @param tensor    its name within the owner
     * @param category  how it is kept: {@code dense}, {@code shared}, {@code coded}, {@code thinned}, {@code rebuilt}, {@code moved} to a disk, or {@code output} for what the network keeps itself
     * @param bytes     measured, in memory; 0 if shared or moved
     * @param predicted from shapes alone; −1 if nothing predicts it, printed as {@code unknown}
     */
    public record Row(String layer, String tensor, String category, long bytes, long predicted) {}

    /**
     * An array that a training step of a graph holds.
     *
     * @param op       the kind of op that made it, such as {@code regelu2}: its category
     * @param variable the graph variable that it is the value of
     * @param bytes    of its elements
     */
    public record KeptTensor(String op, String variable, long bytes) {}

    /** Kept for backward: the sum over all rows. */
    public long keptBytes() {
        return rows.stream().mapToLong(Row::bytes).sum();
    }

    /** The sum of the predictions, over the rows that have one. */
    public long predictedBytes() {
        return rows.stream().mapToLong(r -> Math.max(0, r.predicted())).sum();
    }

    /** Kept bytes by category. */
    public Map<String, Long> byCategory() {
        Map<String, Long> sums = new LinkedHashMap<>();
        rows.forEach(r -> sums.merge(r.category(), r.bytes(), Long::sum));
        return sums;
    }

    /** Kept bytes by layer. */
    public Map<String, Long> byLayer() {
        Map<String, Long> sums = new LinkedHashMap<>();
        rows.forEach(r -> sums.merge(r.layer(), r.bytes(), Long::sum));
        return sums;
    }

    /** A table to read: a line per layer with its tensors, then the sums. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        out.append(line("layer", "kept MiB", "predicted", "tensors"));
        byLayer().forEach((layer, bytes) -> {
            List<Row> own = rows.stream().filter(r -> r.layer().equals(layer)).toList();
            long predicted =
                    own.stream().mapToLong(r -> Math.max(0, r.predicted())).sum();
            boolean known = own.stream().noneMatch(r -> r.bytes() > 0 && r.predicted() < 0);
            StringBuilder tensors = new StringBuilder();
            own.forEach(r -> tensors.append(tensors.isEmpty() ? "" : ", ")
                    .append(r.tensor())
                    .append(' ')
                    .append(r.bytes() == 0 ? r.category() : mib(r.bytes()) + ' ' + r.category()));
            out.append(line(layer, mib(bytes), known ? mib(predicted) : "unknown", tensors.toString()));
        });
        out.append(line("all", mib(keptBytes()), mib(predictedBytes()), byCategoryText()));
        out.append(String.format("peak of live arrays in the step %s MiB", mib(peakBytes)));
        processBytes.ifPresent(b -> out.append(String.format(", process peak %s MiB", mib(b))));
        if (writtenBytes > 0) {
            out.append(String.format(", written to a disk %s MiB", mib(writtenBytes)));
        }
        return out.append('\n').toString();
    }

    private String byCategoryText() {
        StringBuilder text = new StringBuilder();
        byCategory().forEach((c, b) -> text.append(text.isEmpty() ? "" : ", ").append(mib(b) + " " + c));
        return text.toString();
    }

    private static String line(String layer, String kept, String predicted, String tensors) {
        return String.format("%-14s %10s %10s  %s%n", layer, kept, predicted, tensors);
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / MIB);
    }

    /** The same as JSON, in bytes. */
    public String toJson() {
        StringBuilder out = new StringBuilder("{\"keptBytes\":")
                .append(keptBytes())
                .append(",\"predictedBytes\":")
                .append(predictedBytes())
                .append(",\"peakBytes\":")
                .append(peakBytes)
                .append(",\"processPeakBytes\":")
                .append(processBytes.isPresent() ? Long.toString(processBytes.getAsLong()) : "null")
                .append(",\"writtenBytes\":")
                .append(writtenBytes)
                .append(",\"rows\":[");
        for (int i = 0; i < rows.size(); i++) {
            Row r = rows.get(i);
            out.append(i == 0 ? "" : ",")
                    .append(String.format(
                            "{\"layer\":%s,\"tensor\":%s,\"category\":%s,\"bytes\":%d,\"predicted\":%s}",
                            quoted(r.layer()),
                            quoted(r.tensor()),
                            quoted(r.category()),
                            r.bytes(),
                            r.predicted() < 0 ? "null" : Long.toString(r.predicted())));
        }
        return out.append("]}").toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
