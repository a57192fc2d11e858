package org.revlayers.cuda;

import java.util.Arrays;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.Memory;
import org.revlayers.models.VisionTransformer;

/** What a user sees where a device is missing, too new, or too small: one case a process, for how ND4J starts is decided once. A program. */
public final class DeviceErrors {

    private static final int MORE_THAN_FITS = 1024;

    private DeviceErrors() {}

    /** @param args the case */
    public static void main(String[] args) {
        switch (args[0]) {
            case "no-device" -> refuses("NoAvailableBackendException");
            case "new-card" -> refuses("holds code for compute capabilities 3.7 to 8.9 alone");
            case "cpu" -> require(Nd4j.getEnvironment().isCPU(), "the CPU backend runs");
            case "cuda" -> require(!Nd4j.getEnvironment().isCPU(), "the CUDA backend runs");
            case "out-of-memory" -> outOfMemory();
            default -> throw new IllegalArgumentException("no case " + args[0]);
        }
        System.exit(0);
    }

    private static void require(boolean condition, String what) {
        System.out.println((condition ? "ok   " : "FAILED ") + what);
        if (!condition) {
            System.exit(1);
        }
    }

    /** ND4J does not start, and somewhere among the causes stands why. */
    private static void refuses(String why) {
        try {
            Nd4j.create(1);
            require(false, "ND4J does not start");
        } catch (LinkageError e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause.toString().contains(why)) {
                    require(true, "ND4J does not start: " + cause);
                    return;
                }
            }
            e.printStackTrace(System.out);
            require(false, "an error that says " + why);
        }
    }

    /** A step that does not fit changes nothing, and one that fits goes on from there. */
    private static void outOfMemory() {
        MultiLayerNetwork net = Lean.convert(
                        VisionTransformer.builder()
                                .size(VisionTransformer.Size.TI)
                                .depth(2)
                                .height(32)
                                .width(32)
                                .classes(10)
                                .seed(3)
                                .updater(new Sgd(0.01))
                                .build()
                                .init(),
                        Memory.store())
                .network();
        DataSet small = Trials.images(1, 2, 32, 10);
        net.fit(small);
        INDArray before = net.params().dup();
        DataSet large = DataSet.merge(Arrays.asList(Trials.images(2, MORE_THAN_FITS, 32, 10)));
        try {
            net.fit(large);
            require(false, "a batch that does not fit is refused");
        } catch (OutOfMemoryError e) {
            require(
                    e.getMessage().contains("device memory") && e.getMessage().contains("MemoryPlanner"),
                    "a batch that does not fit is refused: " + e.getMessage());
        }
        require(before.equals(net.params()), "parameters are as before");
        net.clear();
        Arena.trimAll();
        net.fit(small);
        require(!before.equals(net.params()), "and a batch that fits trains them");
    }
}
