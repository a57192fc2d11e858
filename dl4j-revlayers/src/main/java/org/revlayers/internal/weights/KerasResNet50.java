package org.revlayers.internal.weights;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.TensorSource;

/**
 * Tensor names of Keras's first ResNet-50 (keras.applications, weights of Kaiming He's Caffe model): v1 bottleneck blocks with stride 2 on
 * their first 1×1 convolution, biases on all convolutions, batch normalisation with eps 1e-3. Names without the part behind the slash are
 * those of {@code ResNet50}'s layers.
 */
public final class KerasResNet50 {

    /** Epsilon of all batch normalisations. */
    public static final double EPS = 1e-3;

    /** Classes of the head, ImageNet's. */
    public static final int CLASSES = 1000;

    /** Identity blocks and the projection before them, stages 2 to 5. */
    private static final int[] BLOCKS = {3, 4, 6, 3};

    private static final String HEAD = "fc1000";

    private KerasResNet50() {}

    /**
     * Checks that the file has the tensors of this model and no others.
     *
     * @throws WeightsFileException listing all missing and extra names
     */
    public static void check(TensorSource source) throws WeightsFileException {
        List<String> required = new ArrayList<>(List.of(HEAD + "/kernel", HEAD + "/bias"));
        for (String convolution : convolutions()) {
            required.add(convolution + "/kernel");
            required.add(convolution + "/bias");
            for (String parameter : List.of("gamma", "beta", "moving_mean", "moving_variance")) {
                required.add(norm(convolution) + "/" + parameter);
            }
        }
        NameMap.check(source, "Keras's ResNet-50", required, name -> false);
    }

    /** Names of the 53 convolutions. */
    public static List<String> convolutions() {
        List<String> names = new ArrayList<>(List.of("conv1"));
        for (int stage = 0; stage < BLOCKS.length; stage++) {
            for (int block = 0; block < BLOCKS[stage]; block++) {
                String prefix = "res" + (stage + 2) + (char) ('a' + block) + "_branch";
                List.of("2a", "2b", "2c").forEach(s -> names.add(prefix + s));
                if (block == 0) {
                    names.add(prefix + "1");
                }
            }
        }
        return names;
    }

    /** Name of the batch normalisation behind a convolution. */
    public static String norm(String convolution) {
        return convolution.equals("conv1") ? "bn_conv1" : "bn" + convolution.substring("res".length());
    }

    /** A convolution's kernel, {@code [out, in, height, width]}. */
    @SuppressWarnings("try") // the scope is used by being open
    public static INDArray kernel(TensorSource source, String convolution) {
        INDArray kernel = source.read(convolution + "/kernel");
        try (var none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return kernel.permute(3, 2, 0, 1).dup('c');
        }
    }

    /** A convolution's bias, {@code [out]}. */
    public static INDArray bias(TensorSource source, String convolution) {
        return source.read(convolution + "/bias");
    }

    /** The head's matrix, {@code [2048, 1000]}. */
    public static INDArray headW(TensorSource source) {
        return source.read(HEAD + "/kernel");
    }

    /** The head's bias, {@code [1000]}. */
    public static INDArray headB(TensorSource source) {
        return source.read(HEAD + "/bias");
    }
}
