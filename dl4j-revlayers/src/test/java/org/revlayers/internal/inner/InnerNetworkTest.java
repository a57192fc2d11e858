package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;

class InnerNetworkTest {

    private static final long[] SHAPE = {2, 6, 4, 4};
    private static final long BYTES = 2 * 6 * 4 * 4 * Float.BYTES;

    private static Layer reader() {
        return new LocalResponseNormalization.Builder().build();
    }

    private static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    private static List<String> keeps(Layer... layers) {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
        INDArray x = Twin.normal(DataType.FLOAT, 1, SHAPE);
        twin.kept.begin();
        twin.network.forward(x, x.ulike(), Twin.TRAINING, twin.kept);
        List<String> names = twin.kept.entries().stream().map(Kept.Entry::name).toList();
        assertEquals(names.size() * BYTES, twin.kept.bytes());
        twin.kept.clear();
        return names;
    }

    @Test
    void keepsWhatIsReadOnce() {
        assertEquals(List.of("input 2"), keeps(reader(), relu(), reader()), "relu lies over its input");
        assertEquals(List.of("input 2"), keeps(reader(), new DropoutLayer(0.5), reader()), "so does dropout");
        assertEquals(
                List.of("input 2", "input 3"),
                keeps(reader(), relu(), new DropoutLayer(0.5), reader()),
                "but not over an output that relu reads");
        assertEquals(List.of(), keeps(reader(), relu()), "the container owns input and output");
        assertEquals(List.of(), keeps(new DropoutLayer(0.5), new DropoutLayer(0.9)), "nobody reads between these");
    }

    private static Layer[] mixed() {
        return new Layer[] {
            new DropoutLayer(0.8),
            relu(),
            reader(),
            relu(),
            new DropoutLayer(0.9),
            new ActivationLayer(Activation.SIGMOID),
            new DropoutLayer(0.5),
            new ActivationLayer(Activation.GELU),
            relu()
        };
    }

    @Test
    void everyMixRepeatsItself() {
        for (int from = 0; from < mixed().length; from++) {
            for (int to = from + 1; to <= mixed().length; to++) {
                int first = from;
                int last = to;
                InnerContract.behaves(() -> java.util.Arrays.copyOfRange(mixed(), first, last), HostChoice.OWN, SHAPE);
            }
        }
    }

    @Test
    void sharingArraysChangesNothing() {
        Layer[] layers = {relu(), new ActivationLayer(Activation.TANH), relu(), reader(), relu()};
        InnerContract.check(() -> layers, HostChoice.OWN, SHAPE);
        InnerContract.check(() -> layers, HostChoice.STOCK, SHAPE);
    }

    @Test
    void inferenceNeedsTwoArrays() {
        assertEquals(2 * BYTES + forwardPeak(1), forwardPeak(9), "beside what DL4J's layer takes for itself");
    }

    private static long forwardPeak(int layers) {
        Layer[] all = new Layer[layers];
        java.util.Arrays.setAll(all, i -> reader());
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, all);
        INDArray x = Twin.normal(DataType.FLOAT, 1, SHAPE);
        twin.output(x, Twin.TRAINING); // learns the shapes
        Arena arena = Arena.current();
        arena.resetPeak();
        long before = arena.liveBytes();
        twin.network.forward(x, Nd4j.createUninitialized(DataType.FLOAT, SHAPE), Twin.TRAINING);
        return arena.peakLiveBytes() - before;
    }

    @Test
    void networksNest() {
        Twin inner = new Twin(DataType.FLOAT, HostChoice.OWN, mixed());
        InnerNetwork outer = InnerNetwork.of(List.of(inner.network, inner.network));
        INDArray x = Twin.normal(DataType.FLOAT, 1, SHAPE);
        INDArray out = x.ulike();
        Kept kept = new Kept();
        kept.begin();
        outer.forward(x, out, Twin.TRAINING, kept);
        List<String> names = kept.entries().stream().map(Kept.Entry::name).toList();
        assertTrue(names.containsAll(List.of("input 1", "0/input 2", "1/input 2")), names::toString);
        outer.backward(x, out, x, x.ulike(), Twin.TRAINING, kept);
        assertTrue(kept.isEmpty());
    }

    @Test
    void countsMustMatch() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, relu());
        assertThrows(IllegalArgumentException.class, () -> twin.network.setGradients(List.of()));
    }
}
