package org.revlayers.internal.kernel;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * The functions of {@code revlayers.h}: arrays as addresses of fp32, int32 or byte data, 0 for null. A function that needs scratch memory and
 * cannot have it throws; what it was to write is undefined then, and the library goes on. Loading this class loads the library.
 *
 * <p>{@code rl_norm} here is {@code norm} in {@code norm/norm.h}: a template between them turns addresses into pointers and picks the instruction set,
 * and does not compile where the two differ in the number of arguments. The declarations are written by hand: JavaCPP's parser would need a C
 * function with every signature once more, and a step before the compiler, also where no library is built.
 */
@Platform(
        include = "revlayers.h",
        library = "jnirevlayers",
        preload = "gomp@.1",
        preloadpath = {"/lib64", "/lib", "/usr/lib64", "/usr/lib"})
public final class NativeLibrary {

    static {
        Loader.load();
    }

    private NativeLibrary() {}

    public static native String rl_blas_core(String path);

    public static native boolean rl_blas_rest(String path, int bits);

    public static native int rl_best_isa();

    public static native int rl_isa();

    public static native void rl_set_isa(int isa);

    public static native int rl_threads();

    public static native void rl_set_threads(int threads);

    public static native void rl_copy(long from, long to, long bytes);

    public static native void rl_activation(
            int curve, float c1, float c2, float c3, long x, long bias, long pre, long y, long code, long n, long cols);

    public static native void rl_activation_backward(int curve, long x, long dy, long dx, long n);

    public static native void rl_code_backward(float l1, float l2, long code, long dy, long dx, long n);

    public static native void rl_relu(long x, long y, long mask, long n);

    public static native void rl_mask_backward(long mask, float scale, long dy, long dx, long n);

    public static native void rl_dropout(long x, int threshold, float scale, long seed, long y, long mask, long n);

    public static native void rl_norm(
            @Cast("bool") boolean center,
            float eps,
            long x,
            long bias,
            long residual,
            long sum,
            long gamma,
            long beta,
            long y,
            long mean,
            long rstd,
            long rows,
            long cols)
            throws OutOfMemoryError;

    public static native void rl_norm_replay(
            long x, long mean, long rstd, long gamma, long beta, long y, long rows, long cols);

    public static native void rl_norm_backward(
            @Cast("bool") boolean center,
            @Cast("bool") boolean fromInput,
            long kept,
            long mean,
            long rstd,
            long gamma,
            long dy,
            long residual,
            long dx,
            long dgamma,
            long dbeta,
            long rows,
            long cols)
            throws OutOfMemoryError;

    public static native void rl_channel_norm(
            @Cast("bool") boolean given,
            @Cast("bool") boolean relu,
            double eps,
            long x,
            long gamma,
            long beta,
            long mean,
            long variance,
            long y,
            long batch,
            long channels,
            long inner);

    public static native void rl_channel_norm_backward(
            @Cast("bool") boolean constant,
            @Cast("bool") boolean relu,
            double eps,
            long x,
            long gamma,
            long beta,
            long mean,
            long variance,
            long dy,
            long dx,
            long dgamma,
            long dbeta,
            long batch,
            long channels,
            long inner);

    public static native void rl_channel_add_bias(long x, long bias, long batch, long channels, long inner);

    public static native void rl_channel_sums(long x, long out, long batch, long channels, long inner);

    public static native void rl_relu_backward(long y, long dy, long dx, long n);

    public static native void rl_add_bias(long x, long bias, long rows, long cols);

    public static native void rl_column_sums(long x, long out, long rows, long cols) throws OutOfMemoryError;

    public static native void rl_scatter_add(long x, @Cast("const int*") int[] at, long table, long rows, long cols);

    public static native void rl_strided_copy(long from, long to, @Cast("const long long*") long[] axes);

    public static native void rl_max_pool(long x, long y, long places, @Cast("const long long*") long[] windows);

    public static native void rl_max_pool_backward(
            long dy, long places, long dx, @Cast("const long long*") long[] windows);

    public static native void rl_softmax(long x, long y, long rows, long cols);

    public static native void rl_softmax_backward(long y, long dy, long dx, long rows, long cols);

    public static native void rl_attention(
            int batch,
            int heads,
            int queries,
            int keys,
            int dim,
            float scale,
            @Cast("bool") boolean causal,
            @Cast("const long long*") long[] views,
            long keyMask,
            long lse,
            long probs)
            throws OutOfMemoryError;

    public static native void rl_attention_backward(
            int batch,
            int heads,
            int queries,
            int keys,
            int dim,
            float scale,
            @Cast("bool") boolean causal,
            @Cast("const long long*") long[] views,
            long keyMask,
            long lse,
            long probs)
            throws OutOfMemoryError;

    public static native long rl_stream_start(long x, double unit, long integers, long n);

    public static native void rl_stream_values(long integers, double resolution, long x, long n);

    public static native void rl_stream_scale(long from, double beta, long to, long n);

    public static native long rl_stream_couple(
            long f,
            long x,
            long y,
            double alpha,
            double beta,
            double inverse,
            double unit,
            int width,
            long side,
            long next,
            long n);

    public static native void rl_stream_restore_input(
            long y, long side, int width, double inverse, double resolution, long x, long n);

    public static native void rl_stream_restore_previous(long next, long x, long f, double alpha, double unit, long n);

    public static native long rl_stream_checksum(long data, long bytes);

    public static native void rl_stream_sum(long f, float alpha, long x, float beta, long y, long out, long n);

    public static native void rl_stream_difference(long y, long f, float alpha, long x, long out, long n);

    public static native long rl_razor_thresholds(long x, long batch, long perSample, long rank, long tau)
            throws OutOfMemoryError;

    public static native long rl_razor_compress(
            long batch,
            long perSample,
            long rank,
            long room,
            int format,
            @Cast("bool") boolean all,
            long x,
            long bitmap,
            long values,
            long ranges)
            throws OutOfMemoryError;

    public static native long rl_razor_decompress(
            long batch, long perSample, long room, int format, long bitmap, long values, long ranges, long out)
            throws OutOfMemoryError;

    public static native void rl_razor_sides(long batch, long perSample, long x, long bitmap, long positive, long means)
            throws OutOfMemoryError;

    public static native void rl_razor_fill(
            long batch, long perSample, long bitmap, long positive, long means, long out);

    public static native long rl_razor_weight_gradient(
            long batch,
            long perSample,
            long room,
            int format,
            long bitmap,
            long values,
            long ranges,
            long positive,
            long means,
            long in,
            long out,
            long dy,
            long dw,
            @Cast("bool") boolean accumulate)
            throws OutOfMemoryError;
}
