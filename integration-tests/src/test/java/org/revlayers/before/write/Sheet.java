package org.revlayers.before.write;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;

/** A SameDiff graph in the making: placeholder "in", output "y", and a loss of y alone. */
final class Sheet {

    static final int WIDTH = 4;

    final SameDiff sd = SameDiff.create();
    final SDVariable in;
    private final long[] shape;

    Sheet(long... shape) {
        this.shape = shape;
        Nd4j.getRandom().setSeed(21);
        in = sd.placeHolder("in", DataType.FLOAT, shape);
    }

    /** A parameter. */
    SDVariable weight(String name, long... of) {
        return weight(sd, name, of);
    }

    /** One in a part of a graph. */
    static SDVariable weight(SameDiff in, String name, long... of) {
        return in.var(name, Nd4j.randn(DataType.FLOAT, of).muli(0.5));
    }

    Batch batch() {
        Nd4j.getRandom().setSeed(5);
        return Batch.of(Batch.sixteenths(Nd4j.rand(DataType.FLOAT, shape)), null);
    }

    /** With this output, ready to be trained. */
    SameDiff end(SDVariable y) {
        SDVariable out = y.rename("y");
        out.sub(0.7).norm2("loss");
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Nesterovs(0.02, 0.9))
                .dataSetFeatureMapping("in")
                .markLabelsUnused()
                .build());
        return sd;
    }

    /** Ones, for a norm. */
    SDVariable ones(String name, int n) {
        INDArray ones = Nd4j.ones(DataType.FLOAT, n);
        return sd.var(name, ones);
    }
}
