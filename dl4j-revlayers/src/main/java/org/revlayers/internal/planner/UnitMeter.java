package org.revlayers.internal.planner;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Keeping;
import org.revlayers.internal.inner.Slices;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.Arena;

/** Runs one unit as a planned sequence runs it, on random numbers, and counts. Not for several threads. */
final class UnitMeter {

    private static final double NANOS = 1e-9;
    private static final long SEED = 7;

    private final ContainerLayer unit;
    private final InnerModel model;
    private final InnerNetwork network;
    private final DataType type;
    private final boolean first;
    private final boolean last;
    private final INDArray x;
    private final INDArray dy;
    private final @Nullable INDArray mask;
    private final boolean keepsInput;
    private final boolean near;
    private long kept;
    private long forward;
    private long backward;
    private double forwardSeconds;
    private double backwardSeconds;

    /**
     * Makes the unit, with parameters drawn as its layers say.
     *
     * @param unit  its configuration
     * @param inputs where what it is measured with comes from; open as long as it is
     * @param shape of what it reads
     * @param first whether the network holds its input, and the gradient of it
     * @param last  whether the network holds its output, and the gradient of it
     * @param near  whether its backward follows at once
     */
    UnitMeter(
            ContainerLayer unit,
            UnitInputs inputs,
            DataType type,
            boolean first,
            boolean last,
            boolean near,
            UnitShape shape) {
        this.unit = unit;
        this.type = type;
        this.first = first;
        this.last = last;
        this.near = near;
        long length = unit.innerLayers().values().stream()
                .mapToLong(Slices::parameters)
                .sum();
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setSeed(SEED);
        conf.setMiniBatch(true);
        conf.setDataType(type);
        InnerLayers.Setting setting =
                new InnerLayers.Setting(conf, type, 0, true, unit.hosts(), layer -> Keeping.WITH_MASKS, false);
        INDArray parameters = length == 0 ? null : Nd4j.zeros(type, 1, length);
        toWorstStep();
        model = unit.outermost(parameters, setting);
        if (length > 0) {
            model.setGradients(Nd4j.zeros(type, 1, length));
        }
        keepsInput = model.readsInput() && !model.worksInPlace();
        network = first ? InnerNetwork.of(List.of(model)) : InnerNetwork.of(List.of(new Source(), model));
        mask = shape.mask() == null ? null : inputs.mask(shape.mask());
        x = inputs.input(shape.input());
        dy = inputs.gradient(network.outputShape(shape.input()));
    }

    /**
     * As things to run in turn.
     *
     * @param meters one, or one and three in a row of what is but a part of a layer
     */
    static Rounds.Run of(List<UnitMeter> meters) {
        return begins -> {
            for (UnitMeter meter : meters) {
                meter.run();
                if (begins) {
                    meter.update();
                }
            }
            UnitFigures one = meters.get(0).figures();
            return meters.size() == 1 ? one : one.amongThree(meters.get(1).figures());
        };
    }

    /** One forward and one backward. */
    @SuppressWarnings("try") // the scope is used by being open
    void run() {
        Arena arena = Arena.current();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
                Arena.Scratch around = arena.scratch()) {
            INDArray out = around.take(type, dy.shape());
            INDArray dx = around.take(type, x.shape());
            INDArray gradient = around.take(type, dy.shape()).assign(dy);
            Kept keep = near ? Kept.near() : new Kept();
            Pass pass = new Pass(true, 0, 0, SEED, mask);
            long base = arena.liveBytes();
            long end = last ? 0 : out.length() * type.width();
            keep.begin();
            try {
                arena.resetPeak();
                long start = Devices.nanoTime();
                network.forward(x, out, pass, keep);
                long middle = Devices.nanoTime();
                forward = arena.peakLiveBytes() - base + end;
                kept = arena.liveBytes() - base;
                arena.resetPeak();
                long again = Devices.nanoTime();
                network.backward(x, network.readsOutput() ? out : null, gradient, dx, pass, keep);
                long stop = Devices.nanoTime();
                backward = arena.peakLiveBytes() - base + end;
                forwardSeconds = (middle - start) * NANOS;
                backwardSeconds = (stop - again) * NANOS;
            } finally {
                keep.clear();
            }
        }
    }

    /** What happens behind the update that ends a step: chains choose the scale of their streams. */
    void update() {
        model.applyConstraints(0, 0);
        toWorstStep();
    }

    private void toWorstStep() {
        if (unit instanceof ReversibleChain chain) {
            chain.setScheduleStep(WorstStep.of(chain.getSchedule()));
        }
    }

    /** Of the latest run. */
    UnitFigures figures() {
        return new UnitFigures(
                kept,
                Math.max(kept, forward),
                Math.max(kept, backward),
                first ? 0 : x.length() * type.width(),
                last ? 0 : dy.length() * type.width(),
                dy.length() * type.width(),
                !first && keepsInput,
                forwardSeconds,
                backwardSeconds,
                null);
    }
}
