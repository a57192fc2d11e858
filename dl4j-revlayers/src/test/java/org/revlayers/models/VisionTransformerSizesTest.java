package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.models.VisionTransformer.Size;

/** ViT-S/16 and ViT-B/16 with random weights, at 32 px, to a chain and back. */
class VisionTransformerSizesTest {

    private static final int SIDE = 32;
    private static final int CLASSES = 10;

    @Test
    void vitS16BecomesAChainAndComesBack() {
        convertTrainRestore(Size.S, 21_300_000, 22_100_000);
    }

    /** Four networks of 86 million parameters. */
    @Test
    @Tag("slow")
    void vitB16BecomesAChainAndComesBack() {
        convertTrainRestore(Size.B, 85_000_000, 86_700_000);
    }

    private static void convertTrainRestore(Size size, long atLeast, long atMost) {
        MultiLayerNetwork net = VisionTransformer.builder()
                .size(size)
                .height(SIDE)
                .width(SIDE)
                .classes(CLASSES)
                .updater(new Sgd(1e-2))
                .build()
                .init();
        assertTrue(net.numParams() > atLeast && net.numParams() < atMost, () -> "parameters: " + net.numParams());
        INDArray x = Nd4j.concat(
                0,
                RealWeightsTest.image(SIDE),
                RealWeightsTest.image(SIDE).mul(-0.5),
                RealWeightsTest.image(SIDE).mul(0.1));
        Conversion<MultiLayerNetwork> result = Lean.convert(net, Memory.reversible(), Sample.of(x));
        ConversionReport report = result.report();
        assertEquals(
                List.of(2 * size.getDepth()),
                report.chains().stream().map(ConversionReport.Unit::subBlocks).toList());
        assertEquals(0, report.comparison().plain(), Tolerances.FLOAT_ORDER, report::toString);
        assertTrue(report.comparison().keptAfter() < report.comparison().keptBefore(), report::toString);
        MultiLayerNetwork back = Lean.restore(result.network());
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.output(x), back.output(x), "output");
        MultiLayerNetwork chain = result.network();
        DataSet data = new DataSet(x, Nd4j.eye(CLASSES).getRows(0, 3, 7));
        double before = chain.score(data);
        chain.fit(data);
        assertEquals(1, ((ChainHost) chain.getLayer(1)).verifiedReconstructions());
        assertTrue(chain.score(data) < before, () -> "score " + before + " became " + chain.score(data));
    }
}
