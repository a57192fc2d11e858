package org.revlayers.internal.backend;

import java.util.Map;
import java.util.ServiceLoader;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.imports.converters.ImportClassMapping;
import org.revlayers.internal.kernel.Warnings;

/**
 * Makes {@link JavaOp}s known to ND4J by name, so that saved graphs and the gradient copies of graphs find their classes. The ops come
 * from {@link JavaOps} services: another module adds its own by a line in {@code META-INF/services/org.revlayers.internal.backend.JavaOps}.
 */
@Slf4j
public final class OpCatalog {

    private static final String HOLDER = "org.nd4j.imports.converters.DifferentialFunctionClassHolder";
    private static final int NEAR = 16;
    private static final StackWalker STACK = StackWalker.getInstance();

    private static volatile boolean done;

    private OpCatalog() {}

    /**
     * Registers all ops if ND4J's holder of op classes is being made on this thread. It asks for the custom ops right behind its iteration over the names, with
     * its class's lock held, so that nobody iterates over them then and nobody has looked one up before.
     */
    static void registerForHolder() {
        if (!done
                && STACK.walk(frames ->
                        frames.limit(NEAR).anyMatch(f -> f.getClassName().equals(HOLDER)))) {
            register();
        }
    }

    private static synchronized void register() {
        if (done) {
            return;
        }
        Map<String, DifferentialFunction> names = ImportClassMapping.getOpNameMapping();
        for (JavaOps provider : ServiceLoader.load(JavaOps.class, OpCatalog.class.getClassLoader())) {
            for (DifferentialFunction op : provider.ops()) {
                DifferentialFunction taken = names.putIfAbsent(op.opName(), op);
                if (taken != null && taken.getClass() != op.getClass()) {
                    Warnings.warn(
                            log,
                            "The op name " + op.opName() + " of "
                                    + op.getClass().getName() + " belongs to "
                                    + taken.getClass().getName()
                                    + ": graphs that use it will not load. Give it a name of its own.");
                }
            }
        }
        done = true;
    }
}
