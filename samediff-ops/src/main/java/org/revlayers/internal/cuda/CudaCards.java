package org.revlayers.internal.cuda;

import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMajor;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMinor;
import static org.bytedeco.cuda.global.cudart.cudaDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cudaGetDeviceCount;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import lombok.extern.slf4j.Slf4j;
import org.revlayers.internal.kernel.Warnings;

/**
 * Whether ND4J's CUDA backend can run on this machine's cards, asked before ND4J starts: it takes any card, and dies in its first op where its library
 * holds no machine code for it.
 */
@Slf4j
public final class CudaCards implements BooleanSupplier {

    /** Runs whatever the card is, for a build of ND4J's library that holds code for it. */
    static final String ANY_CARD = "revlayers.cuda.anyCard";

    /** What 1.0.0-M2.1's library holds code for: no PTX, so nothing newer. */
    private static final int FIRST = 37;

    private static final int LAST = 89;

    /**
     * Whether there is a driver and a device.
     *
     * @throws UnsupportedOperationException if there is one that ND4J's library has no code for
     */
    @Override
    public boolean getAsBoolean() {
        List<Integer> cards = new ArrayList<>();
        try {
            int[] count = {0};
            int code = cudaGetDeviceCount(count);
            if (code != 0 || count[0] == 0) {
                Warnings.warn(
                        log,
                        "nd4j-cuda is on the class path, and there is no CUDA device (cudaGetDeviceCount: error " + code
                                + "): ND4J's CPU backend runs if it is there. Set the environment variable BACKEND_PRIORITY_CPU=200 to say so.");
                return false;
            }
            for (int device = 0; device < count[0]; device++) {
                cards.add(10 * attribute(cudaDevAttrComputeCapabilityMajor, device)
                        + attribute(cudaDevAttrComputeCapabilityMinor, device));
            }
        } catch (LinkageError e) {
            Warnings.warn(
                    log,
                    "nd4j-cuda is on the class path, and CUDA cannot be loaded (" + reason(e)
                            + "): ND4J's CPU backend runs if it is there. It needs an NVIDIA driver and the CUDA 11 libraries"
                            + " (org.bytedeco:cuda:11.6-8.3-1.5.7:linux-x86_64-redist).");
            return false;
        }
        check(cards);
        CudaBaseline.look(cards.size());
        return true;
    }

    private static String reason(Throwable error) {
        return error.getCause() == null ? error.getMessage() : reason(error.getCause());
    }

    private static int attribute(int name, int device) {
        int[] value = {0};
        cudaDeviceGetAttribute(value, name, device);
        return value[0];
    }

    /** Throws unless every card is one that ND4J's library has code for. */
    static void check(List<Integer> cards) {
        if (!Boolean.getBoolean(ANY_CARD) && cards.stream().anyMatch(card -> card < FIRST || card > LAST)) {
            throw new UnsupportedOperationException(
                    "nd4j-cuda-11.6 1.0.0-M2.1 holds code for compute capabilities 3.7 to 8.9 alone"
                            + " (Kepler to Ada); the cards here have "
                            + cards.stream().map(c -> c / 10 + "." + c % 10).toList()
                            + ": hide newer ones with CUDA_VISIBLE_DEVICES, run on the CPU with the environment variable BACKEND_PRIORITY_CPU=200,"
                            + " or set -D" + ANY_CARD + "=true for a build of ND4J with code for them");
        }
    }
}
