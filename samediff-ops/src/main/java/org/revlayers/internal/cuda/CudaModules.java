package org.revlayers.internal.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.cuCtxGetCurrent;
import static org.bytedeco.cuda.global.cudart.cuGetErrorName;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The kernels of the PTX resource. The driver makes machine code of it when a context (a device) first needs it, which takes seconds, and keeps that in its own cache
 * for later processes; each context has a module of its own.
 */
final class CudaModules {

    /** The kernels, as text. */
    private static final String RESOURCE = "kernels.ptx";

    private record Function(long context, String kernel) {}

    private final Map<Long, CUmod_st> modules = new ConcurrentHashMap<>();
    private final Map<Function, CUfunc_st> functions = new ConcurrentHashMap<>();

    /** The address of the context that ND4J has made current on the calling thread. */
    static long currentContext() {
        CUctx_st current = new CUctx_st();
        check(cuCtxGetCurrent(current), "cuCtxGetCurrent");
        return current.address();
    }

    /** Of the current context. */
    CUfunc_st function(String kernel) {
        return functions.computeIfAbsent(new Function(currentContext(), kernel), key -> {
            CUfunc_st function = new CUfunc_st();
            CUmod_st module = modules.computeIfAbsent(key.context(), c -> load());
            check(cuModuleGetFunction(function, module, "rl_" + kernel), kernel);
            return function;
        });
    }

    private static CUmod_st load() {
        try (InputStream in = CudaModules.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the device kernels (" + RESOURCE + ") are missing in this jar");
            }
            byte[] text = in.readAllBytes();
            BytePointer image =
                    new BytePointer(text.length + 1L).put(text, 0, text.length).put(text.length, (byte) 0);
            CUmod_st module = new CUmod_st();
            check(
                    cuModuleLoadData(module, image),
                    "the device kernels of revlayers, for compute capability 6.0 and later (-Drevlayers.kernels=native runs those of the host)");
            return module;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Throws with the error's name unless a call of the driver has succeeded. */
    static void check(int code, String what) {
        if (code != CUDA_SUCCESS) {
            try (BytePointer name = new BytePointer((Pointer) null)) {
                cuGetErrorName(code, name);
                throw new IllegalStateException(what + ": CUDA error " + code + " " + name.getString());
            }
        }
    }
}
