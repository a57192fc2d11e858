package org.revlayers.benchmarks;

import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.stream.StreamKernels;

/** The kernels that are measured: those that run on this machine, or the portable ones. */
record KernelSet(
        ActivationKernels activation,
        NormKernels norm,
        LinearKernels linear,
        AttentionKernels attention,
        StreamKernels stream,
        RazorKernels razor) {

    static KernelSet chosen() {
        return new KernelSet(
                ActivationKernels.get(),
                NormKernels.get(),
                LinearKernels.get(),
                AttentionKernels.get(),
                StreamKernels.get(),
                RazorKernels.get());
    }

    static KernelSet portable() {
        return new KernelSet(
                ActivationKernels.portable(),
                NormKernels.portable(),
                LinearKernels.portable(),
                AttentionKernels.portable(),
                StreamKernels.portable(),
                RazorKernels.portable());
    }
}
