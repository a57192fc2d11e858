package org.revlayers.internal.convert;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.convert.Sample;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.PredictsKept;

/**
 * Bytes for backward of a sample batch: the outputs that the network keeps, by the shapes that a forward pass gives them, and what layers say that
 * they keep inside. DL4J's types alone do not do: they lose the length of sequences behind recurrent layers.
 */
final class PredictedKept {

    private PredictedKept() {}

    /** −1 if the network does not give the outputs of its layers one by one. */
    static long of(Model net, Sample sample) {
        return net instanceof MultiLayerNetwork line ? line(line, sample) : graph((ComputationGraph) net, sample);
    }

    private static long line(MultiLayerNetwork net, Sample sample) {
        try {
            MultiLayerConfiguration conf = net.getLayerWiseConfigurations();
            List<INDArray> outputs = net.feedForward(sample.given()[0], false);
            long bytes = 0;
            for (int i = 0; i < net.getnLayers(); i++) {
                long[] input = read(conf.getInputPreProcess(i), outputs.get(i), sample.batch());
                bytes += bytes(conf.getConf(i).getLayer(), input, outputs.get(i + 1), conf.getDataType());
            }
            return bytes;
        } catch (RuntimeException e) {
            return -1; // a report never stops what it reports on
        }
    }

    private static long graph(ComputationGraph net, Sample sample) {
        try {
            ComputationGraphConfiguration conf = net.getConfiguration();
            Map<String, INDArray> outputs = net.feedForward(sample.given(), false);
            long bytes = 0;
            for (Map.Entry<String, INDArray> vertex : outputs.entrySet()) {
                if (conf.getVertices().get(vertex.getKey()) instanceof LayerVertex v) {
                    INDArray from = outputs.get(
                            conf.getVertexInputs().get(vertex.getKey()).get(0));
                    bytes += bytes(
                            v.getLayerConf().getLayer(),
                            read(v.getPreProcessor(), from, sample.batch()),
                            vertex.getValue(),
                            conf.getDataType());
                } else if (conf.getVertices().containsKey(vertex.getKey())) {
                    bytes += vertex.getValue().length() * conf.getDataType().width();
                }
            }
            return bytes;
        } catch (RuntimeException e) {
            return -1;
        }
    }

    /** The shape of what a layer reads behind its preprocessor. */
    private static long[] read(InputPreProcessor processor, INDArray from, long batch) {
        return processor == null
                ? from.shape()
                : processor
                        .clone() // some note the shapes that they see
                        .preProcess(from, Math.toIntExact(batch), LayerWorkspaceMgr.noWorkspaces())
                        .shape();
    }

    private static long bytes(Layer layer, long[] input, INDArray output, DataType type) {
        long bytes = output.length() * type.width();
        if (layer instanceof PredictsKept predicts) {
            InputType read = Layouts.between(layer, input, output.shape());
            bytes += predicts.predictKept(read == null ? predicts.typeOf(input) : read).stream()
                    .mapToLong(k -> k.bytes(input[0], type.width()))
                    .sum();
        }
        return bytes;
    }
}
