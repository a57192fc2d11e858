package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.examples.ColourImages;
import org.revlayers.examples.TinyVit;
import org.revlayers.examples.data.BatchIterator;

class VitTaskTest {

    @Test
    void someOfTheImagesAreOfAllClasses(@TempDir Path folder) throws IOException {
        FinetuneOptions options = new FinetuneOptions();
        options.model = FinetuneModel.VIT;
        options.weights = new TinyVit().writeTimm(folder.resolve("vit.safetensors"));
        options.data = ColourImages.paint(folder.resolve("images"), 60).toString();
        options.size = 32;
        options.trainItems = 40;
        options.testItems = 10;
        options.check();
        VitTask task = new VitTask(options);
        for (BatchIterator batches : new BatchIterator[] {task.train(1), task.test()}) {
            INDArray perClass = batches.next(batches.size()).getLabels().sum(0);
            assertEquals(batches.size(), perClass.sumNumber().intValue());
            for (int c = 0; c < 2; c++) {
                assertTrue(perClass.getInt(c) >= batches.size() / 5, "images per class: " + perClass);
            }
        }
        assertEquals(40, task.train(1).size());
        assertEquals(10, task.test().size());
    }
}
