package org.revlayers.examples.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.datavec.api.io.labels.ParentPathLabelGenerator;
import org.datavec.api.split.FileSplit;
import org.datavec.image.recordreader.ImageRecordReader;
import org.datavec.image.transform.ColorConversionTransform;
import org.datavec.image.transform.ImageTransform;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.examples.data.ImageFolder;

/** What DataVec's ImageRecordReader makes of images, beside {@link ImageFolder}: the same for images of the right size, in another order of colours; others where one is made smaller. */
class ImageRecordsTest {

    private static final int SIDE = 64;

    @TempDir
    private Path folder;

    @BeforeEach
    void paint() throws Exception {
        paint("a/stripes.png", (x, y) -> x % 4 == 0 ? 0xffffff : 0);
        paint("b/colours.png", (x, y) -> x << 16 | y << 8 | 200);
    }

    private void paint(String name, IntBinaryOperator colour) throws Exception {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < SIDE * SIDE; i++) {
            image.setRGB(i % SIDE, i / SIDE, colour.applyAsInt(i % SIDE, i / SIDE));
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
    }

    private float[] dataVec(int image, int side, ImageTransform transform) throws Exception {
        ImageRecordReader reader = new ImageRecordReader(side, side, 3, new ParentPathLabelGenerator());
        reader.initialize(new FileSplit(folder.toFile(), new Random(1)), transform);
        RecordReaderDataSetIterator records = new RecordReaderDataSetIterator(reader, 1, 1, 2);
        assertEquals(List.of("a", "b"), records.getLabels());
        while (records.hasNext()) {
            DataSet record = records.next();
            if (record.getLabels().getInt(0, image) == 1) {
                return record.getFeatures().dup('c').data().asFloat();
            }
        }
        throw new AssertionError("no image " + image);
    }

    private static ImageTransform redFirst() {
        return new ColorConversionTransform(opencv_imgproc.COLOR_BGR2RGB);
    }

    @Test
    void theSameWhereNothingIsResized() throws Exception {
        float[] ours = new ImageFolder(folder).read(1, SIDE);
        assertArrayEquals(ours, dataVec(1, SIDE, redFirst()));
        float[] blueFirst = dataVec(1, SIDE, null);
        assertEquals(200, blueFirst[0]);
        assertEquals(200, ours[2 * SIDE * SIDE]);
    }

    /** White stripes that are one pixel in four: a quarter of white in every pixel of a smaller image, not all white or none. */
    @Test
    void everyPixelCountsInOurSmallerImagesAlone() throws Exception {
        float[] ours = new ImageFolder(folder).read(0, SIDE / 4);
        float[] theirs = dataVec(0, SIDE / 4, redFirst());
        int apart = 0;
        for (int i = 0; i < ours.length; i++) {
            assertTrue(Math.abs(ours[i] - 255 / 4f) < 40, "pixel " + i + ": " + ours[i]);
            apart += Math.abs(theirs[i] - 255 / 4f) > 60 ? 1 : 0;
        }
        assertEquals(ours.length, apart, "pixels that DataVec took from one or two of four");
    }
}
