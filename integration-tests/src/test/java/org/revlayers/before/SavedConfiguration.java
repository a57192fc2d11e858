package org.revlayers.before;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Iterator;
import java.util.Map;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;

/** A configuration without parameters, and what must be left of it when it was read and is written again. */
public final class SavedConfiguration {

    private SavedConfiguration() {}

    /** A network of this configuration whose parameters depend on nothing but their places. */
    public static MultiLayerNetwork network(MultiLayerConfiguration conf) {
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        INDArray params = Nd4j.create(net.params().dataType(), net.params().shape());
        for (int i = 0; i < params.length(); i++) {
            params.putScalar(i, 0.4 * Math.sin(1.7 * i + 0.3));
        }
        net.setParams(params);
        return net;
    }

    /** Fails if a value of a saved property is lost or another; new properties, the names of classes and renamed words do not matter. */
    public static void keeps(JsonNode saved, JsonNode again) {
        keeps("", saved, again);
    }

    private static void keeps(String path, JsonNode saved, JsonNode again) {
        assertNotNull(again, path + " is lost");
        if (saved.isObject()) {
            for (Iterator<Map.Entry<String, JsonNode>> fields = saved.fields(); fields.hasNext(); ) {
                Map.Entry<String, JsonNode> field = fields.next();
                if (!field.getKey().equals("@class")) {
                    keeps(path + "/" + field.getKey(), field.getValue(), again.get(field.getKey()));
                }
            }
        } else if (saved.isArray()) {
            assertEquals(saved.size(), again.size(), path + " has another length");
            for (int i = 0; i < saved.size(); i++) {
                keeps(path + "/" + i, saved.get(i), again.get(i));
            }
        } else {
            assertEquals(word(path, saved.asText()), again.asText(), path);
        }
    }

    /** The word of today for a value: binary16 had two names. */
    private static String word(String path, String saved) {
        boolean activation = path.endsWith("/activationMemory") || path.endsWith("/razor/activation");
        return activation && saved.equals("HALF") ? "FP16" : saved;
    }
}
