package org.revlayers.internal.kernel.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Kernels of the host over arrays of a device: no array may be missed when the copies are brought up to date. */
class HostCopiesTest {

    /** They look into records alone: an array in a list or in another class would keep an old copy. */
    @ParameterizedTest
    @FieldSource("org.revlayers.internal.backend.KernelFamilies#ALL")
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
        } else if (!isOfHost(type) && type != INDArray.class) {
            others.add(type.getName());
        }
    }

    /** Numbers, words, and Java's arrays of them. */
    private static boolean isOfHost(Class<?> type) {
        return type.isPrimitive()
                || type.isEnum()
                || type.isArray() && type.getComponentType().isPrimitive();
    }
}
