package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.examples.shared.TrainingMethod;

class CheckpointTest {

    private static MultiLayerNetwork trained(IUpdater updater, int steps) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(updater)
                .list()
                .layer(new OutputLayer.Builder()
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(3))
                .build());
        net.init();
        for (int i = 0; i < steps; i++) {
            net.fit(Nd4j.rand(2, 3), Nd4j.eye(2));
        }
        return net;
    }

    private static void save(Checkpoint checkpoint, TrainingMethod method, MultiLayerNetwork net) throws IOException {
        checkpoint.save(method, Trainee.of(net), new RunState(Map.of(), Result.begun(method, null)), true);
    }

    @Test
    void theLatestIsReadWithItsUpdaterAndIteration(@TempDir Path folder) throws IOException {
        Checkpoint checkpoint = new Checkpoint(folder.resolve("new"));
        assertFalse(checkpoint.exists(TrainingMethod.PLAIN));
        save(checkpoint, TrainingMethod.PLAIN, trained(new Adam(1e-2), 1));
        MultiLayerNetwork net = trained(new Adam(1e-2), 3);
        save(checkpoint, TrainingMethod.PLAIN, net);
        assertTrue(checkpoint.exists(TrainingMethod.PLAIN));
        assertFalse(checkpoint.exists(TrainingMethod.APPROX));
        MultiLayerNetwork read =
                (MultiLayerNetwork) checkpoint.load(TrainingMethod.PLAIN).model();
        assertEquals(net.params(), read.params());
        assertEquals(net.getUpdater().getStateViewArray(), read.getUpdater().getStateViewArray());
        assertEquals(3, read.getIterationCount());
        try (Stream<Path> files = Files.list(folder.resolve("new"))) {
            assertEquals(
                    List.of("checkpoint-plain.previous.zip", "checkpoint-plain.zip"),
                    files.map(f -> f.getFileName().toString()).sorted().toList(),
                    "the last two");
        }
    }

    @Test
    void anUpdaterWithoutStateIsFine(@TempDir Path folder) throws IOException {
        MultiLayerNetwork net = trained(new Sgd(0.1), 2);
        save(new Checkpoint(folder), TrainingMethod.APPROX, net);
        assertEquals(
                net.params(),
                new Checkpoint(folder).load(TrainingMethod.APPROX).model().params());
    }
}
