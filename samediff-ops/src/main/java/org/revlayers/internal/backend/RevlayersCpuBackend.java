package org.revlayers.internal.backend;

import java.util.Map;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.common.io.Resource;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * ND4J's CPU backend with {@link RevlayersCpuExecutioner} in the place of its executioner. ND4J finds it through its own service
 * interface and prefers it by one priority step.
 *
 * <p>ND4J instantiates every backend that it finds, and an error while one loads stops all of them. So this class names no class of
 * {@code nd4j-native}: it makes the real backend by name, and is unavailable if there is none.
 */
@Slf4j
public class RevlayersCpuBackend extends Nd4jBackend {

    private static final String CPU_BACKEND = "org.nd4j.linalg.cpu.nativecpu.CpuBackend";
    private static final String EXECUTIONER = "org.revlayers.internal.backend.RevlayersCpuExecutioner";
    private static final String FACTORY = "org.revlayers.internal.backend.CarefulInferenceFactory";

    private final Nd4jBackend cpu = create();

    private static Nd4jBackend create() {
        try {
            return (Nd4jBackend) Class.forName(CPU_BACKEND, true, RevlayersCpuBackend.class.getClassLoader())
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            log.debug("No CPU backend of ND4J on the class path", e);
            return null;
        }
    }

    @Override
    public boolean isAvailable() {
        return cpu != null && cpu.isAvailable();
    }

    @Override
    public boolean canRun() {
        return cpu != null && cpu.canRun();
    }

    @Override
    public boolean allowsOrder() {
        return cpu.allowsOrder();
    }

    /** One above the CPU backend; below CUDA's unless the user says otherwise by {@code BACKEND_PRIORITY_CPU}. */
    @Override
    public int getPriority() {
        return BACKEND_PRIORITY_CPU + 1;
    }

    /** The CPU backend's own settings, with our executioner, and with a factory of inference sessions that leave the caller's arrays alone. */
    @Override
    public Resource getConfigurationResource() {
        return new PatchedProperties(
                cpu.getConfigurationResource(), Map.of("opexec", EXECUTIONER, "inferencefactory.class", FACTORY));
    }

    @Override
    public Class<?> getNDArrayClass() {
        return cpu.getNDArrayClass();
    }

    @Override
    public Environment getEnvironment() {
        return cpu.getEnvironment();
    }

    @Override
    public String buildInfo() {
        return cpu.buildInfo();
    }

    @Override
    public void logBackendInit() {
        cpu.logBackendInit();
        StartupReport.log();
    }
}
