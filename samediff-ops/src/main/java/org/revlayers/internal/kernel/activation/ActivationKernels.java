package org.revlayers.internal.kernel.activation;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;

/**
 * The elementwise kernels: smooth activations and their 2-bit codes, ReLU and its 1-bit mask, dropout from a seed. The rules of
 * {@link org.revlayers.internal.kernel} hold.
 */
public interface ActivationKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static ActivationKernels get() {
        return CheckedActivations.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs. */
    static ActivationKernels on(Device device) {
        return new CheckedActivations(Twins.of(new DeviceActivations(device)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static ActivationKernels portable() {
        return new CheckedActivations(Twins.portable(ActivationKernels.class, new JavaActivations()));
    }

    /** A smooth activation, with the bias added and the 2-bit code taken in the same pass: see {@link ActivationForward}. */
    void forward(ActivationForward call);

    /** Exact backward from the kept input: dx = dy·h'(x), h' being 0 at −∞ and 1 at +∞. dx may be dy or x. */
    void backward(Curve curve, INDArray x, INDArray dy, INDArray dx);

    /** Approximate backward from the kept code: dx = dy·level(code). dx may be dy. */
    void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx);

    /**
     * y = max(x, 0) and the mask x &gt; 0, one bit per element: element k in byte k/8, bit k mod 8, unused bits zero. NaN stays NaN in y and
     * has mask 0.
     *
     * @param mask {@code ceil(n/8)} bytes, or null
     */
    void relu(INDArray x, INDArray y, INDArray mask);

    /** dx = dy where y &gt; 0, else 0: the backward of a ReLU from its output. dx may be dy or y. */
    void reluBackward(INDArray y, INDArray dy, INDArray dx);

    /** dx = dy·scale where the mask's bit is set, else 0. */
    void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx);

    /**
     * Seeded inverted dropout: y = x/(1−p) where kept, else 0. Element k is kept if word {@code k mod 4} of Philox-4x32-10 with counter
     * {@code k/4} (64 bits, low word first, the upper two words zero) and key {@code seed} (low word first) is at least ⌊p·2³²⌋, unsigned.
     * The same call on the output gradient is its backward: nothing has to be kept but the seed.
     *
     * @param p    probability of dropping, 0 ≤ p &lt; 1
     * @param mask receives the kept bits as in {@link #relu}, or null
     */
    void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask);
}
