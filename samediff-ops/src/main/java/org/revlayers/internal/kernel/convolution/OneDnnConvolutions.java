package org.revlayers.internal.kernel.convolution;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeCall;
import org.revlayers.internal.kernel.NativeElements;

/**
 * oneDNN's convolutions on images as they lie, weights in the order that it likes, which a call brings them to. What is made for sizes is kept by the thread that made
 * it: oneDNN has a thread's scratch memory for what that thread has made.
 */
final class OneDnnConvolutions implements Convolutions {

    private static final memory.data_type FLOATS = memory.data_type.f32;
    private static final long FLOAT_BYTES = Float.BYTES;

    private enum Kind {
        FORWARD,
        INPUT_GRADIENT,
        WEIGHT_GRADIENT
    }

    private record Key(Kind kind, ImageConvolution sizes, boolean bias) {}

    /** What a thread has made. */
    private final ThreadLocal<Map<Key, Made>> made = ThreadLocal.withInitial(HashMap::new);

    private final ThreadLocal<stream> streams = ThreadLocal.withInitial(() -> new stream(Engine.CPU));

    private static final class Engine {
        static final engine CPU = new engine(engine.kind.cpu, 0);
    }

    /**
     * One computation.
     *
     * @param weights in its order
     * @param plain   as they come
     * @param turn    from the one to the other
     */
    private record Made(
            primitive work, memory.desc image, memory.desc out, memory.desc weights, memory.desc plain, reorder turn) {

        long length() {
            return weights.get_size() / FLOAT_BYTES;
        }
    }

    private Made made(Kind kind, ImageConvolution sizes, boolean bias) {
        return made.get().computeIfAbsent(new Key(kind, sizes, bias), key -> make(kind, sizes, bias));
    }

    private static Made make(Kind kind, ImageConvolution sizes, boolean bias) {
        memory.desc image = desc(memory.format_tag.nhwc, ImageConvolution.array(sizes.image()));
        memory.desc out = desc(memory.format_tag.nhwc, ImageConvolution.array(sizes.out()));
        memory.desc any = desc(memory.format_tag.any, ImageConvolution.array(sizes.weight()));
        memory.desc plain = desc(memory.format_tag.oihw, ImageConvolution.array(sizes.weight()));
        long[] stride = ImageConvolution.array(sizes.stride());
        long[] before = ImageConvolution.array(sizes.padding());
        long[] behind = {sizes.paddingBehind(0), sizes.paddingBehind(1)};
        var direct = dnnl.algorithm.convolution_direct;
        var training = dnnl.prop_kind.forward_training;
        var forward = bias
                ? new convolution_forward.primitive_desc(
                        Engine.CPU,
                        training,
                        direct,
                        image,
                        any,
                        desc(memory.format_tag.x, sizes.weight().get(0)),
                        out,
                        stride,
                        before,
                        behind)
                : new convolution_forward.primitive_desc(
                        Engine.CPU, training, direct, image, any, out, stride, before, behind);
        return switch (kind) {
            case FORWARD -> {
                memory.desc weights = forward.weights_desc();
                yield new Made(new convolution_forward(forward), image, out, weights, plain, turn(plain, weights));
            }
            case INPUT_GRADIENT -> {
                var back = new convolution_backward_data.primitive_desc(
                        Engine.CPU, direct, image, any, out, stride, before, behind, forward);
                memory.desc weights = back.weights_desc();
                yield new Made(new convolution_backward_data(back), image, out, weights, plain, turn(plain, weights));
            }
            case WEIGHT_GRADIENT -> {
                var back = new convolution_backward_weights.primitive_desc(
                        Engine.CPU, direct, image, any, out, stride, before, behind, forward);
                memory.desc weights = back.diff_weights_desc();
                yield new Made(
                        new convolution_backward_weights(back), image, out, weights, plain, turn(weights, plain));
            }
        };
    }

    private static memory.desc desc(memory.format_tag order, long... sizes) {
        return new memory.desc(sizes, FLOATS, order);
    }

    private static reorder turn(memory.desc from, memory.desc to) {
        return new reorder(new reorder.primitive_desc(Engine.CPU, from, Engine.CPU, to));
    }

    @Override
    public void forward(
            ImageConvolution sizes,
            INDArray x,
            INDArray weight,
            @Nullable INDArray bias,
            INDArray out,
            LongFunction<INDArray> room) {
        reading(made(Kind.FORWARD, sizes, bias != null), weight, room, (of, own) -> {
            own.put(dnnl.DNNL_ARG_SRC, of.image, x);
            if (bias != null) {
                own.put(dnnl.DNNL_ARG_BIAS, desc(memory.format_tag.x, bias.length()), bias);
            }
            own.put(dnnl.DNNL_ARG_DST, of.out, out);
        });
    }

    @Override
    public void inputGradient(
            ImageConvolution sizes, INDArray dy, INDArray weight, INDArray dx, LongFunction<INDArray> room) {
        reading(made(Kind.INPUT_GRADIENT, sizes, false), weight, room, (of, own) -> {
            own.put(dnnl.DNNL_ARG_DIFF_DST, of.out, dy);
            own.put(dnnl.DNNL_ARG_DIFF_SRC, of.image, dx);
        });
    }

    /** Runs what reads a weight, which is brought to its order first; {@code others} gives the other arguments, and holds their arrays. */
    private void reading(Made of, INDArray weight, LongFunction<INDArray> room, BiConsumer<Made, Arguments> others) {
        INDArray turned = room.apply(of.length());
        NativeCall.run(() -> {
            try (Arguments own = new Arguments()) {
                memory weights = own.keep(at(of.weights, turned));
                of.turn.execute(streams.get(), own.keep(at(of.plain, weight)), weights);
                own.put(dnnl.DNNL_ARG_WEIGHTS, weights);
                others.accept(of, own);
                run(of.work, own);
            }
        });
    }

    @Override
    public void weightGradient(
            ImageConvolution sizes, INDArray x, INDArray dy, INDArray dw, LongFunction<INDArray> room) {
        Made of = made(Kind.WEIGHT_GRADIENT, sizes, false);
        INDArray turned = room.apply(of.length());
        NativeCall.run(() -> {
            try (Arguments own = new Arguments();
                    memory weights = at(of.weights, turned);
                    memory to = at(of.plain, dw)) {
                own.put(dnnl.DNNL_ARG_SRC, of.image, x);
                own.put(dnnl.DNNL_ARG_DIFF_DST, of.out, dy);
                own.put(dnnl.DNNL_ARG_DIFF_WEIGHTS, weights);
                run(of.work, own);
                of.turn.execute(streams.get(), weights, to);
            }
        });
    }

    private void run(primitive work, Arguments arguments) {
        work.execute(streams.get(), arguments.map);
        streams.get()._wait();
    }

    private static memory at(memory.desc order, INDArray array) {
        return new memory(order, Engine.CPU, new NativeElements(array));
    }

    /** Of one call. */
    private static final class Arguments implements AutoCloseable {

        private final IntMemoryMap map = new IntMemoryMap();
        private final List<memory> kept = new ArrayList<>();

        memory keep(memory made) {
            kept.add(made);
            return made;
        }

        void put(int argument, memory.desc order, INDArray array) {
            put(argument, keep(at(order, array)));
        }

        void put(int argument, memory value) {
            map.put(argument, value);
        }

        @Override
        public void close() {
            map.close();
            kept.forEach(memory::close);
        }
    }
}
