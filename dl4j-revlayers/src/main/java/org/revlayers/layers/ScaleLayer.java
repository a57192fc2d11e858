package org.revlayers.layers;

import java.util.Collection;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Multiplies by a constant, {@code y = s·x} and {@code dx = s·dy}, in any network and shape: DL4J's {@link ScaleVertex} as a layer, so that a scaled
 * branch {@code x + s·F(x)} can be in a {@code ReversibleChain} or another container. Keeps nothing (0 bytes), exact. Dropout
 * that is set on it, by the network's default say, is ignored, as the vertex has none.
 *
 * <pre>{@code
 * SubBlock.of("block", conv1, conv2, new ScaleLayer(0.2))
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class ScaleLayer extends NoParamLayer {

    private static final long serialVersionUID = 1L;

    private double factor = 1;

    /** Whether a conversion has made it of a vertex, so that it becomes one again. */
    private boolean vertex;

    /**
     * For a factor.
     *
     * @throws IllegalArgumentException if it is not finite
     */
    public ScaleLayer(double factor) {
        if (!Double.isFinite(factor)) {
            throw new IllegalArgumentException("a ScaleLayer needs a finite factor, not " + factor);
        }
        this.factor = factor;
    }

    /** What a vertex does. */
    public static ScaleLayer of(ScaleVertex vertex) {
        ScaleLayer layer = new ScaleLayer(vertex.getScaleFactor());
        layer.vertex = true;
        return layer;
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initialize,
            DataType type) {
        ScaleHost host = new ScaleHost(conf, type);
        host.setListeners(listeners);
        host.setIndex(index);
        return host;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return input;
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return new LayerMemoryReport.Builder(getLayerName(), ScaleLayer.class, input, input)
                .standardMemory(0, 0)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public ScaleLayer clone() {
        return (ScaleLayer) super.clone();
    }
}
