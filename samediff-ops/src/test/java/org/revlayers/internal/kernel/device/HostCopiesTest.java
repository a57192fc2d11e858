package org.revlayers.internal.kernel.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.stream.StreamKernels;

/** Kernels of the host over arrays of a device: no array may be missed when the copies are brought up to date. */
class HostCopiesTest {

    /** They look into records alone: an array in a list or in another class would keep an old copy. */
    @ParameterizedTest
    @ValueSource(
            classes = {
                ActivationKernels.class,
                AttentionKernels.class,
                ChannelKernels.class,
                LinearKernels.class,
                NormKernels.class,
                RazorKernels.class,
                StreamKernels.class
            })
    void arraysAreArgumentsOrInRecords(Class<?> family) {
        Set<String> others = new TreeSet<>();
        for (Method method : family.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers())) {
                for (Class<?> type : method.getParameterTypes()) {
                    collect(type, others);
                }
            }
        }
        assertEquals(Set.of(), others, family.getSimpleName());
    }

    private static void collect(Class<?> type, Set<String> others) {
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                collect(component.getType(), others);
            }
        } else if (!type.isPrimitive() && !type.isEnum() && type != INDArray.class) {
            others.add(type.getName());
        }
    }
}
