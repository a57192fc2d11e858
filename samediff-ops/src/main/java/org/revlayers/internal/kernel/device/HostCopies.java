package org.revlayers.internal.kernel.device;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Warnings;

/**
 * Kernels that read and write host memory, for arrays that live on a device: before a call the host copy of each of its arrays is brought up to date, and
 * after it the device's. At once, for a view's sake: an op of ND4J that writes to another view of the same buffer, such as the next layer's gradient, takes the
 * device's copy for the newer one without a look at the host's. Slow: what runs so is told once and listed.
 */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class HostCopies {

    /** What devices have no kernels for: all that can be in {@link #used}, unless {@code -Drevlayers.kernels} asks for the host's. */
    public static final List<String> WITHOUT_KERNEL = List.of(
            "every kernel of DOUBLE and HALF arrays",
            "attention with heads wider than 128 numbers, forward and backward",
            "max pooling that keeps places: containers leave pooling to ND4J");

    private static final Set<String> USED = new ConcurrentSkipListSet<>();

    /** What has run on the host although its arrays live on a device, as {@code family.method}. */
    public static Set<String> used() {
        return Set.copyOf(USED);
    }

    /**
     * The same kernels over host copies.
     *
     * @param family the interface whose methods take arrays, or records with arrays in them
     */
    public static <K> K of(Class<K> family, K kernels) {
        return family.cast(Proxy.newProxyInstance(
                family.getClassLoader(),
                new Class<?>[] {family},
                (proxy, method, args) -> call(family, method, kernels, args)));
    }

    private static Object call(Class<?> family, Method method, Object kernels, Object[] args) throws Throwable {
        tell(family.getSimpleName() + "." + method.getName());
        List<INDArray> arrays = new ArrayList<>();
        for (Object argument : args == null ? new Object[0] : args) {
            collect(argument, arrays);
        }
        AffinityManager affinity = Nd4j.getAffinityManager();
        Nd4j.getExecutioner().commit();
        arrays.forEach(array -> affinity.ensureLocation(array, Location.HOST));
        try {
            return method.invoke(kernels, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        } finally {
            arrays.forEach(array -> affinity.tagLocation(array, Location.HOST));
            arrays.forEach(array -> affinity.ensureLocation(array, Location.DEVICE));
        }
    }

    private static void tell(String name) {
        if (USED.add(name)) {
            Warnings.warn(
                    log,
                    name + " has no kernel for this device or type: it runs on the host, with copies there and back");
        }
    }

    private static void collect(Object argument, List<INDArray> arrays) throws ReflectiveOperationException {
        if (argument instanceof INDArray array) {
            arrays.add(array);
        } else if (argument instanceof Record) {
            for (RecordComponent component : argument.getClass().getRecordComponents()) {
                Method accessor = component.getAccessor();
                accessor.setAccessible(true);
                collect(accessor.invoke(argument), arrays);
            }
        }
    }
}
