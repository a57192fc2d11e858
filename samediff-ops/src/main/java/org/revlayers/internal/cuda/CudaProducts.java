package org.revlayers.internal.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasSetStream_v2;
import static org.bytedeco.cuda.global.cublas.cublasSgemm_v2;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.jcublas.context.CudaContext;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.Product;

/**
 * Products of matrices by cuBLAS, on ND4J's stream of the calling thread. Each context has a handle of ours: ND4J's is one for all threads of a device, and
 * its ops set the stream of that under a lock that Java cannot take.
 */
final class CudaProducts {

    private final Map<Long, cublasContext> handles = new ConcurrentHashMap<>();

    void multiply(Product product) {
        AtomicAllocator allocator = AtomicAllocator.getInstance();
        CudaContext context = allocator.getDeviceContext();
        cublasContext handle = handles.computeIfAbsent(CudaModules.currentContext(), key -> create());
        try (FloatPointer one = new FloatPointer(1f);
                FloatPointer kept = new FloatPointer(product.accumulate() ? 1f : 0f)) {
            int rows = Sizes.exact("rows of a product", product.rows());
            int columns = Sizes.exact("columns of a product", product.columns());
            int inner = Sizes.exact("terms of a product", product.inner());
            FloatPointer first = floats(product.first().array(), context);
            FloatPointer second = floats(product.second().array(), context);
            FloatPointer out = floats(product.out(), context);
            synchronized (handle) { // a handle has one stream at a time
                check(cublasSetStream_v2(handle, new CUstream_st(context.getCublasStream())));
                check(cublasSgemm_v2(
                        handle,
                        product.first().transposed() ? CUBLAS_OP_T : CUBLAS_OP_N,
                        product.second().transposed() ? CUBLAS_OP_T : CUBLAS_OP_N,
                        rows,
                        columns,
                        inner,
                        one,
                        first,
                        Sizes.exact("elements", product.first().stride()),
                        second,
                        Sizes.exact("elements", product.second().stride()),
                        kept,
                        out,
                        Sizes.exact("elements", product.outStride())));
            }
        }
        allocator.getAllocationPoint(product.out()).tickDeviceWrite();
    }

    private static cublasContext create() {
        cublasContext handle = new cublasContext();
        check(cublasCreate_v2(handle));
        return handle;
    }

    private static FloatPointer floats(INDArray array, CudaContext context) {
        AtomicAllocator allocator = AtomicAllocator.getInstance();
        CudaDevice.here(allocator, array);
        return new FloatPointer(allocator.getPointer(array, context));
    }

    private static void check(int code) {
        if (code != 0) {
            throw new IllegalStateException("a product of matrices: cuBLAS error " + code);
        }
    }
}
