package org.revlayers.internal.backend;

import java.util.List;
import java.util.Set;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.pooling.PoolingKernels;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.stream.StreamKernels;

/** All families of kernels. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class KernelFamilies {

    /** Their interfaces, by name. */
    public static final List<Class<?>> ALL = List.of(
            ActivationKernels.class,
            AttentionKernels.class,
            ChannelKernels.class,
            LinearKernels.class,
            NormKernels.class,
            PoolingKernels.class,
            RazorKernels.class,
            StreamKernels.class);

    /** Those that a device has no kernels of: they run on the host, over copies. */
    public static final Set<Class<?>> OF_THE_HOST = Set.of(PoolingKernels.class);
}
