package org.revlayers.internal.kernel.device;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.factory.Nd4j;

/** Which device ND4J's arrays live on: decided with the backend, once. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Devices {

    private static final String CUDA = "org.revlayers.internal.cuda.CudaDevice";

    private static final class Current {

        private static final Device DEVICE = Nd4j.getEnvironment().isCPU() ? null : cuda();

        private static Device cuda() {
            try { // by name: its class needs ND4J's CUDA backend on the class path
                return (Device) Class.forName(CUDA, true, Devices.class.getClassLoader())
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException | LinkageError e) {
                throw new IllegalStateException(
                        "ND4J's arrays live on a device, and its kernels cannot be loaded: " + e, e);
            }
        }
    }

    /** The device, or null where arrays live in host memory. Starts ND4J if it was not. */
    public static Device current() {
        return Current.DEVICE;
    }

    /** The time, in nanoseconds, when all that the calling thread has queued has run: what measures work asks before and after. */
    public static long nanoTime() {
        if (current() != null) {
            Nd4j.getExecutioner().commit();
        }
        return System.nanoTime();
    }

    /** A daemon thread that works on the calling thread's device: ND4J gives a new thread the next of several. */
    public static Thread thread(Runnable work, String name) {
        AffinityManager affinity = Nd4j.getAffinityManager();
        Integer device = affinity.getDeviceForCurrentThread();
        Thread thread = new Thread(
                () -> {
                    affinity.unsafeSetDevice(device);
                    work.run();
                },
                name);
        thread.setDaemon(true);
        return thread;
    }
}
