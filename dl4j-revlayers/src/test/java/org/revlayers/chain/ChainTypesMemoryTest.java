package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.layers.TokenPooling;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** What a chain keeps is what was predicted, whatever its types and sizes. */
class ChainTypesMemoryTest {

    /** 3 examples of 5 tokens of 6 features, no multiple of eight; types that the streams are wider than. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT, EXACT",
        "FLOAT, FLOAT",
        "FLOAT, DOUBLE",
        "DOUBLE, DOUBLE",
        "HALF, EXACT",
        "HALF, FLOAT",
        "HALF, DOUBLE"
    })
    void predictionIsExactForEveryTypeAndOddSizes(DataType type, StreamType streams) {
        for (ChainMode mode : ChainMode.values()) {
            MultiLayerNetwork net = ChainNets.net(
                    ChainNets.transformer(4)
                            .streams(streams)
                            .mode(mode)
                            .schedule(CoefficientSchedule.constant(0.75, 0.25))
                            .build(),
                    type,
                    InputType.recurrent(6, 5, RNNFormat.NWC),
                    o -> {},
                    new TokenPooling.Builder(TokenPooling.Kind.MEAN).build());
            MemoryListener listener = new MemoryListener();
            net.addListeners(listener);
            net.fit(ChainNets.data(type, 3, 5, 6));
            List<MemoryReport.Row> rows = listener.report().rows().stream()
                    .filter(r -> r.layer().equals("chain"))
                    .toList();
            assertTrue(rows.size() > 1, listener.report()::toString);
            rows.forEach(r -> assertEquals(r.bytes(), r.predicted(), () -> mode + ": " + r));
        }
    }
}
