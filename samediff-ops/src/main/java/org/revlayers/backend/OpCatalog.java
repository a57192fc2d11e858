package org.revlayers.backend;

import java.util.Map;
import java.util.ServiceLoader;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.imports.converters.ImportClassMapping;

/**
 * Makes {@link JavaOp}s known to ND4J by name, so that saved graphs and the gradient copies of graphs find their classes. The ops come
 * from {@link JavaOps} services: another module adds its own by a line in {@code META-INF/services/org.revlayers.backend.JavaOps}.
 */
@Slf4j
public final class OpCatalog {

    private static boolean done;

    private OpCatalog() {}

    /** Registers all ops, once; later calls do nothing. ND4J's own names are never replaced. */
    public static synchronized void register() {
        if (done) {
            return;
        }
        done = true;
        Map<String, DifferentialFunction> names = ImportClassMapping.getOpNameMapping();
        for (JavaOps provider : ServiceLoader.load(JavaOps.class, OpCatalog.class.getClassLoader())) {
            for (DifferentialFunction op : provider.ops()) {
                DifferentialFunction taken = names.putIfAbsent(op.opName(), op);
                if (taken != null && taken.getClass() != op.getClass()) {
                    log.warn(
                            "The op name {} of {} belongs to {}: graphs that use it will not load. Give it a name of its own.",
                            op.opName(),
                            op.getClass().getName(),
                            taken.getClass().getName());
                }
            }
        }
    }
}
