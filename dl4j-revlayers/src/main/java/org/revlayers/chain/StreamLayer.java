package org.revlayers.chain;

import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.container.CompositeLayer;
import org.revlayers.internal.container.PartCheck;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** Base of the layers that run as a chain of two streams: what numbers these are, and what of them is kept for backward. */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
abstract class StreamLayer extends CompositeLayer {

    private static final long serialVersionUID = 1L;

    private ChainMode mode = ChainMode.REVERSE;
    private @Nullable StreamType streams;
    private double tolerance = 1e-3;
    private boolean verify = true;

    /** Whether what is kept waits on a disk, but for what the last sub-block keeps inside. */
    private boolean onDisk;

    /** S of the integer streams, value = integer·2^−S; null until the first update has seen the range. */
    private @Nullable Integer streamScale;

    /** Whether S follows the range that training sees; it is saved with the model. */
    private boolean scaleFollowsRange = true;

    StreamLayer(Builder<?> builder) {
        super(builder);
        mode = builder.mode;
        streams = builder.streams;
        tolerance = builder.tolerance;
        verify = builder.verify;
        onDisk = builder.onDisk;
        streamScale = builder.streamScale;
        scaleFollowsRange = builder.streamScale == null;
        setStockHosts(builder.stockHosts);
    }

    /** What is kept in the next step, of training or of inference, with streams of this type. */
    abstract Plan plan(StreamType type, boolean training);

    /** Whether the pretrained network has an edge around a sub-block. */
    boolean isResidual(int subBlock) {
        return true;
    }

    /** Whether inference is the plain network while training is not. */
    boolean infersPlain() {
        return false;
    }

    /** What joins the sub-blocks by γ in the next step; null if nothing does. */
    @Nullable
    TwoStep twoStep(long seed, boolean training) {
        return null;
    }

    /**
     * The functions between the streams.
     *
     * @param parameters the view that DL4J hands out, or null for an outline
     */
    abstract ChainBranches branches(@Nullable INDArray parameters, InnerLayers.Setting setting);

    /** How the array in front of the streams becomes two. */
    abstract StreamStart start();

    /** How two streams become one array. */
    abstract StreamMerge merge();

    /** The type of one stream. */
    abstract InputType stream(InputType input);

    /** Whether there are layers in front of the streams, which backward computes again from the input. */
    abstract boolean readsInput();

    /** Told behind every update of the network, and not of a frozen layer. */
    void updated(int iteration) {}

    /** Whether the merged array is the output and stays so until backward. */
    boolean leavesOutput() {
        return false;
    }

    /** Told when the layer behind has written over the output. */
    void noteOverwritten() {}

    /** The axis of the features (or channels) of an array: without an input type, of tokens the last one, of images the second. */
    int featureAxis(int rank) {
        return (getFeaturesLast() == null ? rank == 3 : getFeaturesLast()) ? rank - 1 : 1;
    }

    /** The numbers of the streams in a network of this type. */
    StreamType streamsIn(DataType type) {
        return streams == null ? StreamType.of(type) : streams;
    }

    @Override
    protected abstract String title();

    @Override
    protected void check(DataType type) {
        PartCheck parts = new PartCheck(this);
        parts.require(tolerance > 0 && tolerance < 1, "needs 0 < tolerance < 1, not " + tolerance);
        parts.require(
                streams != StreamType.EXACT || type != DataType.DOUBLE,
                "has EXACT streams, which are for FLOAT networks; this one is DOUBLE: use StreamType.DOUBLE");
        parts.require(
                streams != StreamType.FLOAT || type != DataType.DOUBLE,
                "has FLOAT streams in a DOUBLE network: use StreamType.DOUBLE");
        parts.require(
                streamScale == null || streamScale >= 0 && streamScale <= 30,
                "needs a stream scale of 0 to 30 bits, not " + streamScale);
        super.check(type);
    }

    @Override
    public InnerModel inner(@Nullable INDArray parameters, InnerLayers.Setting setting) {
        if (!setting.outline()) {
            check(setting.type());
        }
        return new ChainInner(this, setting.type(), new ChainRun(this, branches(parameters, setting), setting));
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return ChainPrediction.of(this, getNetworkType()).predict(input);
    }

    /** Builds a {@link StreamLayer}. */
    @SuppressWarnings("unchecked") // DL4J's builders return the type of the builder that is being built with
    abstract static class Builder<T extends Builder<T>> extends BaseLayer.Builder<T> {

        private ChainMode mode = ChainMode.REVERSE;
        private @Nullable StreamType streams;
        private double tolerance = 1e-3;
        private boolean verify = true;
        private boolean onDisk;
        private boolean stockHosts;
        private @Nullable Integer streamScale;

        /** How the sub-blocks get what their backward needs; REVERSE if not set. */
        public T mode(ChainMode value) {
            mode = value;
            return (T) this;
        }

        /** Numbers of the streams; EXACT for FLOAT networks and DOUBLE for DOUBLE ones if not set. */
        public T streams(@Nullable StreamType value) {
            streams = value;
            return (T) this;
        }

        /** Relative error of a reconstruction that FLOAT and DOUBLE streams may reach before they are anchored; 1e-3 if not set. */
        public T tolerance(double value) {
            tolerance = value;
            return (T) this;
        }

        /** Whether exact streams compare checksums of the states that every backward ends at; on if not set. */
        public T verify(boolean value) {
            verify = value;
            return (T) this;
        }

        /** Whether what is kept waits on a disk, but for what the last sub-block keeps inside: the same bits. */
        public T onDisk(boolean value) {
            onDisk = value;
            return (T) this;
        }

        /** Whether stock layers run as DL4J implements them instead of on this library's hosts. */
        public T stockHosts(boolean value) {
            stockHosts = value;
            return (T) this;
        }

        /**
         * S of exact streams: resolution 2^−S, range ±2^(31−S). If not set it is chosen from the range that the first forward sees, and made
         * coarser, between steps, if the range grows.
         */
        public T streamScale(@Nullable Integer value) {
            streamScale = value;
            return (T) this;
        }
    }
}
