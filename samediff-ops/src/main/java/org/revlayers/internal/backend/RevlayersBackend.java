package org.revlayers.internal.backend;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.common.io.Resource;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * ND4J's CUDA backend if it is on the class path and has a device to run on, else its CPU backend, with an executioner of this library in the place of its
 * own. ND4J finds it through its own service interface and prefers it by one priority step.
 *
 * <p>ND4J instantiates every backend that it finds, and an error while one loads stops all of them. So this class names no class of a backend: it makes
 * the real one by name, and is unavailable if there is none.
 */
@Slf4j
public class RevlayersBackend extends Nd4jBackend {

    private static final String CPU = "org.nd4j.linalg.cpu.nativecpu.CpuBackend";
    private static final String CUDA = "org.nd4j.linalg.jcublas.JCublasBackend";
    private static final String DEVICES = "org.revlayers.internal.cuda.CudaCards";
    private static final String PACKAGE = RevlayersBackend.class.getPackageName();

    private final boolean cuda;
    private final String refusal;
    private final Nd4jBackend wrapped;

    /** By ND4J. */
    public RevlayersBackend() {
        this(
                BACKEND_PRIORITY_GPU >= BACKEND_PRIORITY_CPU && isThere(CUDA)
                        ? (BooleanSupplier) create(DEVICES)
                        : () -> false);
    }

    /** @param devices whether there is a device; throws if there is one that cannot be used */
    RevlayersBackend(BooleanSupplier devices) {
        boolean there = true;
        String wrong = null;
        try {
            there = devices != null && devices.getAsBoolean();
        } catch (UnsupportedOperationException e) {
            wrong = e.getMessage();
        }
        cuda = there;
        refusal = wrong;
        wrapped = wrong == null ? (Nd4jBackend) create(there ? CUDA : CPU) : null;
    }

    private static Object create(String name) {
        try {
            return Class.forName(name, true, RevlayersBackend.class.getClassLoader())
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            log.debug("No {} on the class path", name, e);
            return null;
        }
    }

    private static boolean isThere(String name) {
        return RevlayersBackend.class.getClassLoader().getResource(name.replace('.', '/') + ".class") != null;
    }

    /** @throws LinkageError if there is a device that cannot be used: ND4J would take an exception for a reason to run there on its own, and die */
    @Override
    public boolean isAvailable() {
        if (refusal != null) {
            throw new LinkageError(refusal);
        }
        return wrapped != null && wrapped.isAvailable();
    }

    @Override
    public boolean canRun() {
        return wrapped != null && wrapped.canRun();
    }

    @Override
    public boolean allowsOrder() {
        return wrapped.allowsOrder();
    }

    /** One above the backend that it wraps. */
    @Override
    public int getPriority() {
        return (cuda ? BACKEND_PRIORITY_GPU : BACKEND_PRIORITY_CPU) + 1;
    }

    /** The backend's own settings, with our executioner and, on a device, memory, and with a factory of inference sessions that leave the caller's arrays alone. */
    @Override
    public Resource getConfigurationResource() {
        Map<String, String> replaced = new HashMap<>();
        replaced.put("opexec", PACKAGE + (cuda ? ".RevlayersCudaExecutioner" : ".RevlayersCpuExecutioner"));
        replaced.put("inferencefactory.class", PACKAGE + ".CarefulInferenceFactory");
        if (cuda) {
            replaced.put("memorymanager", PACKAGE + ".RevlayersCudaMemory");
        }
        return new PatchedProperties(wrapped.getConfigurationResource(), replaced);
    }

    @Override
    public Class<?> getNDArrayClass() {
        return wrapped.getNDArrayClass();
    }

    @Override
    public Environment getEnvironment() {
        return wrapped.getEnvironment();
    }

    @Override
    public String buildInfo() {
        return wrapped.buildInfo();
    }

    @Override
    public void logBackendInit() {
        wrapped.logBackendInit();
        BlasCore.rest();
        StartupReport.log();
    }
}
