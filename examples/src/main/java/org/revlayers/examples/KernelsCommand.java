package org.revlayers.examples;

import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.revlayers.internal.backend.KernelFamilies;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.device.HostCopies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code kernels}: what runs where in this process, and what runs on the host although arrays live on a device. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        description =
                "Shows which kernels run here: on a device, native or portable; and what a device has no kernel for.")
public final class KernelsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println(StartupReport.line());
        boolean device = Devices.current() != null && KernelChoice.isOnDevice();
        out.println("FLOAT arrays: " + (device ? "on the device" : KernelChoice.name()));
        for (Class<?> family : KernelFamilies.ALL) {
            out.println("  " + family.getSimpleName().replace("Kernels", "").toLowerCase() + ": "
                    + Arrays.stream(family.getMethods())
                            .filter(method -> !Modifier.isStatic(method.getModifiers()))
                            .map(Method::getName)
                            .sorted()
                            .distinct()
                            .collect(Collectors.joining(", "))
                    + (device && KernelFamilies.OF_THE_HOST.contains(family) ? " (on the host)" : ""));
        }
        out.println("DOUBLE and HALF arrays: java");
        out.println("on the host, with copies there and back, where arrays live on a device:");
        HostCopies.WITHOUT_KERNEL.forEach(what -> out.println("  " + what));
        return 0;
    }
}
