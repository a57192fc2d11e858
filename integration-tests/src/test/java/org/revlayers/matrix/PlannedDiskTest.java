package org.revlayers.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.internal.disk.Disk;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.plan.Step;
import org.revlayers.internal.planner.Batch;
import org.revlayers.internal.planner.NetworkFigures;
import org.revlayers.internal.planner.Problems;
import org.revlayers.internal.planner.Trial;
import org.revlayers.keep.Memory;
import org.revlayers.models.RevNet;
import org.revlayers.models.VisionTransformer;
import org.revlayers.plan.Exactness;

/**
 * Plans with a disk drawn at random, whatever a solver would choose: the peak of a step is what was predicted, without the buffers too, which are the most of
 * what small networks take. Arrays that are read ahead have their memory when they are asked for, not when the disk has them: no figure depends on its speed.
 */
class PlannedDiskTest {

    private static final int PLANS = 10;
    private static final String FOLDER = "revlayers.offload.dir";
    private static String before;

    @BeforeAll
    static void folder() {
        before = System.setProperty(FOLDER, System.getProperty("java.io.tmpdir"));
    }

    @AfterAll
    static void restore() {
        if (before == null) {
            System.clearProperty(FOLDER);
        } else {
            System.setProperty(FOLDER, before);
        }
    }

    enum Network {
        /** Blocks that are alike behind an embedding of large images. */
        BLOCKS {
            @Override
            Model of() {
                return VisionTransformer.builder()
                        .features(64)
                        .depth(5)
                        .heads(2)
                        .mlp(256)
                        .height(64)
                        .width(64)
                        .patch(8)
                        .classes(3)
                        .updater(new Sgd(0.1))
                        .build()
                        .init();
            }

            @Override
            INDArray features() {
                return random(4, 3, 64, 64);
            }
        },
        /** No two layers are alike; some keep less than a block of a disk. */
        WIDTHS {
            @Override
            Model of() {
                NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                        .seed(3)
                        .updater(new Sgd(0.01))
                        .list();
                for (int width : new int[] {300, 40, 700, 500, 5, 90, 1000, 200, 60, 400}) {
                    list.layer(new DenseLayer.Builder()
                            .nOut(width)
                            .activation(Activation.TANH)
                            .build());
                }
                MultiLayerNetwork net = new MultiLayerNetwork(
                        list.layer(new OutputLayer.Builder().nOut(3).build())
                                .setInputType(InputType.feedForward(50))
                                .build());
                net.init();
                return net;
            }

            @Override
            INDArray features() {
                return random(64, 50);
            }
        },
        /** Rows of units between chains. */
        CHAINS {
            @Override
            Model of() {
                return RevNet.builder()
                        .units(new int[] {2, 2})
                        .filters(new int[] {8, 8, 16})
                        .classes(3)
                        .imageSize(32)
                        .updater(new Sgd(0.05))
                        .build()
                        .init();
            }

            @Override
            INDArray features() {
                return random(4, 3, 32, 32);
            }
        };

        abstract Model of();

        abstract INDArray features();

        Batch batch() {
            INDArray x = features();
            INDArray y = Nd4j.zeros(DataType.FLOAT, x.size(0), 3);
            for (int i = 0; i < x.size(0); i++) {
                y.putScalar(i, i % 3, 1);
            }
            return new Batch(new DataSet(x, y).toMultiDataSet());
        }

        private static INDArray random(long... shape) {
            return Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(3), shape);
        }
    }

    @ParameterizedTest
    @EnumSource
    void predictedIsMeasured(Network network) {
        Model net = network.of();
        Batch batch = network.batch();
        NetworkFigures figures =
                NetworkFigures.of(net, DataType.FLOAT, batch, Exactness.SAME_FUNCTION, Memory.reversible(), true);
        PlanProblem problem = Problems.withDisk(figures);
        Random random = new Random(7);
        int moving = 0;
        for (int i = 0; i < PLANS; i++) {
            Solution plan = DrawnPlan.of(problem, random, all -> some(all, random));
            moving += plan.movedBytes() > 0 ? 1 : 0;
            long buffers = plan.fixedBytes() - problem.fixedBytes();
            assertEquals(plan.movedBytes() > 0 ? Disk.bufferBytes() : 0, buffers);
            long predicted = plan.peakBytes() - buffers;
            long measured = new Trial(figures.units(), batch)
                            .steps(DrawnPlan.assigned(plan))
                            .peakBytes()
                    - buffers;
            assertTrue(
                    measured <= predicted && measured >= 0.97 * predicted,
                    () -> "predicted " + predicted + ", measured " + measured + " beside buffers: " + plan.steps());
        }
        assertTrue(moving > PLANS / 2, "plans that move something: " + moving);
    }

    /** Of at most three units; half the time of those that move something, where there are any. */
    private static List<Step> some(List<Step> all, Random random) {
        List<Step> few =
                all.stream().filter(step -> step.to() - step.from() <= 3).toList();
        List<Step> moving =
                few.stream().filter(step -> step.choice().movedBytes() > 0).toList();
        return moving.isEmpty() || random.nextBoolean() ? few : moving;
    }
}
