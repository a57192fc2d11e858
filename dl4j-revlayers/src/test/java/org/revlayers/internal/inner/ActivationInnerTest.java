package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;

class ActivationInnerTest {

    @ParameterizedTest
    @EnumSource(value = Activation.class, mode = EnumSource.Mode.EXCLUDE, names = "RRELU")
    void everyFunctionIsTheOneOfDl4j(Activation activation) {
        InnerContract.check(() -> of(activation.getActivationFunction()), HostChoice.OWN, 3, 7);
    }

    static Stream<IActivation> others() {
        return Stream.of(
                new ActivationGELU(true),
                new ActivationReLU(6.0, null, null),
                new ActivationReLU(null, null, 0.1),
                new ActivationReLU(null, 0.5, 0.1));
    }

    @ParameterizedTest
    @MethodSource("others")
    void onImages(IActivation function) {
        InnerContract.check(() -> of(function), HostChoice.OWN, 2, 3, 5, 4);
    }

    @Test
    void onlyTheRandomOneIsLeftToDl4j() {
        Set<Activation> stock = EnumSet.noneOf(Activation.class);
        for (Activation activation : Activation.values()) {
            Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, of(activation.getActivationFunction()));
            if (twin.network.layers().stream().anyMatch(layer -> layer instanceof StockInner)) {
                stock.add(activation);
            }
        }
        assertEquals(EnumSet.of(Activation.RRELU), stock);
        InnerContract.behaves(() -> of(Activation.RRELU.getActivationFunction()), HostChoice.OWN, 3, 7);
    }

    @Test
    void theIdentityIsNoLayer() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, new ActivationLayer(Activation.IDENTITY));
        assertEquals(List.of(), twin.network.layers());
    }

    private static Layer[] of(IActivation function) {
        return new Layer[] {new ActivationLayer(function)};
    }
}
