package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.Arena;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;

/** What holds for every layer inside a container, whoever runs it. */
final class InnerContract {

    private InnerContract() {}

    /** Everything, for both types, in training and in inference, with the channels last too where that can be; the layers must not be random. */
    static void check(Layers layers, HostChoice hosts, long... inputShape) {
        sameAsStock(layers, hosts, DataType.DOUBLE, Tolerances.DOUBLE_ORDER, inputShape);
        sameAsStock(layers, hosts, DataType.FLOAT, Tolerances.FLOAT_ORDER, inputShape);
        behaves(layers, hosts, inputShape);
        if (inputShape.length == 4 && new Twin(DataType.FLOAT, hosts, layers.make()).canTurn()) {
            for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
                double tolerance = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : Tolerances.FLOAT_ORDER;
                sameAsStock(new Twin(type, hosts, layers.make()).turned(), type, tolerance, inputShape);
            }
            behaves(new Twin(DataType.FLOAT, hosts, layers.make()).turned(), inputShape);
        }
    }

    /** New configurations on each call: networks change the ones that they are made of. */
    @FunctionalInterface
    interface Layers {
        Layer[] make();
    }

    /** Same output, input gradient and parameter gradients as DL4J's implementation. Sums of n numbers may differ by √n times the tolerance. */
    static void sameAsStock(Layers layers, HostChoice hosts, DataType type, double tolerance, long... inputShape) {
        sameAsStock(new Twin(type, hosts, layers.make()), type, tolerance, inputShape);
    }

    private static void sameAsStock(Twin twin, DataType type, double tolerance, long... inputShape) {
        INDArray x = Twin.normal(type, 1, inputShape);
        INDArray out = twin.output(x, Twin.TRAINING.frozen());
        Compare.near(twin.stock(x, null, false).out(), out, tolerance, "inference");
        INDArray dy = Twin.normal(type, 2, out.shape());
        Twin.Step expected = twin.stock(x, dy, true);
        Twin.Step actual = twin.inner(x, dy, Twin.TRAINING);
        Compare.near(expected.out(), actual.out(), tolerance, "output");
        Compare.near(expected.dx(), actual.dx(), tolerance * scale(expected.dx()), "input gradient");
        for (int i = 0; i < expected.gradients().size(); i++) {
            INDArray gradient = expected.gradients().get(i);
            if (gradient != null) {
                Compare.near(
                        gradient, actual.gradients().get(i), tolerance * scale(gradient), "gradients of layer " + i);
            }
        }
    }

    /** Errors of a sum grow with what is summed. */
    private static double scale(INDArray gradient) {
        return Math.max(1, gradient.amaxNumber().doubleValue());
    }

    /** Same bits each time, inputs untouched, nothing left behind. */
    static void behaves(Layers layers, HostChoice hosts, long... inputShape) {
        behaves(new Twin(DataType.FLOAT, hosts, layers.make()), inputShape);
    }

    private static void behaves(Twin twin, long... inputShape) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, inputShape);
        INDArray untouched = x.dup();
        long live = Arena.current().liveBytes();
        INDArray dy = Twin.normal(DataType.FLOAT, 2, twin.network.outputShape(inputShape));
        INDArray dyUntouched = dy.dup();
        Twin.Step first = twin.inner(x, dy, Twin.TRAINING);
        INDArray again = twin.output(x, Twin.TRAINING);
        Compare.same(first.out(), again, "forward that keeps nothing");
        same(first, twin.inner(x, dy, Twin.TRAINING), twin);
        twin.near();
        same(first, twin.inner(x, dy, Twin.TRAINING), twin);
        Compare.same(untouched, x, "input");
        Compare.same(dyUntouched, dy, "gradient of the output");
        assertEquals(live, Arena.current().liveBytes(), "live bytes of the arena");
    }

    private static void same(Twin.Step first, Twin.Step second, Twin twin) {
        Compare.same(first.out(), second.out(), "output");
        Compare.same(first.dx(), second.dx(), "input gradient");
        for (int i = 0; i < first.gradients().size(); i++) {
            if (first.gradients().get(i) != null) {
                Compare.same(first.gradients().get(i), second.gradients().get(i), "gradients of layer " + i);
            }
        }
        assertTrue(twin.kept.isEmpty(), "backward gives back what was kept");
    }
}
