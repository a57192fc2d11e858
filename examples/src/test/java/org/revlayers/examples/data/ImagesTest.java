package org.revlayers.examples.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;

class ImagesTest {

    @TempDir
    Path folder;

    @Test
    void resizingKeepsConstantsAndInterpolates() {
        float[] flat = new float[2 * 5 * 7];
        Arrays.fill(flat, 3);
        for (int side : new int[] {1, 3, 20}) {
            for (float v : Resize.bilinear(flat, 2, 5, 7, side)) {
                assertEquals(3, v, 1e-5);
            }
        }
        float[] step = {0, 0, 4, 4};
        assertArrayEquals(
                new float[] {0, 0, 0, 0, 1, 1, 1, 1, 3, 3, 3, 3, 4, 4, 4, 4}, Resize.bilinear(step, 1, 2, 2, 4), 1e-6f);
        assertArrayEquals(new float[] {2}, Resize.bilinear(step, 1, 2, 2, 1), 1e-6f, "shrinking counts every pixel");
    }

    @Test
    void subsetsDependOnTheSeedOnly() {
        assertArrayEquals(Shuffle.order(100, 5), Shuffle.order(100, 5));
        assertNotEquals(Arrays.toString(Shuffle.order(100, 5)), Arrays.toString(Shuffle.order(100, 6)));
        int[] ten = Shuffle.subset(100, 10, 5);
        assertArrayEquals(ten, Arrays.copyOf(Shuffle.subset(100, 20, 5), 10));
        assertEquals(10, Arrays.stream(ten).distinct().count());
        assertThrows(IllegalArgumentException.class, () -> Shuffle.subset(3, 4, 0));
    }

    @Test
    void cifarSheetsAreReadRowByRow() throws Exception {
        BufferedImage sheet = new BufferedImage(1024, 3, BufferedImage.TYPE_3BYTE_BGR);
        for (int image = 0; image < 3; image++) {
            for (int i = 0; i < 1024; i++) {
                int x = i % 32;
                int y = i / 32;
                sheet.setRGB(i, image, x << 16 | y << 8 | image);
            }
        }
        ImageIO.write(sheet, "png", folder.resolve("test_batch.png").toFile());
        Files.writeString(folder.resolve("test_lables.json"), "[3,8,0]");
        Cifar10 data = Cifar10.load(folder, false);
        assertEquals(3, data.size());
        assertEquals(8, data.label(1));
        assertEquals("ship", data.classes().get(data.label(1)));
        float[] image = data.read(2, 32);
        assertEquals(7, image[5 * 32 + 7], "red is x");
        assertEquals(5, image[1024 + 5 * 32 + 7], "green is y");
        assertEquals(2, image[2048 + 5 * 32 + 7], "blue is the image");

        ImageIterator batches = new ImageIterator(data, new int[] {0, 1, 2}, 2, 64, Normalisation.HALF, null);
        DataSet first = batches.next();
        assertArrayEquals(new long[] {2, 3, 64, 64}, first.getFeatures().shape());
        assertArrayEquals(new long[] {2, 10}, first.getLabels().shape());
        assertEquals(1, first.getLabels().getFloat(0, 3));
        assertEquals((1 / 255f - 0.5f) / 0.5f, first.getFeatures().getFloat(1, 2, 9, 9), 1e-6);
        assertEquals(1, batches.next().numExamples());
        assertFalse(batches.hasNext());
        assertThrows(NoSuchElementException.class, batches::next);
        Files.writeString(folder.resolve("test_lables.json"), "[3,8,0,1]");
        assertThrows(IOException.class, () -> Cifar10.load(folder, false).read(0, 32));
    }

    @Test
    void everyEpochHasItsOwnOrderAndAllItems() {
        LabelledImages numbers = new Numbers();
        int[] items = {4, 5, 6, 7, 8, 9};
        List<List<Float>> epochs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            ImageIterator batches =
                    new ImageIterator(numbers, items, 4, 1, new Normalisation(new float[3], new float[] {1, 1, 1}), 3L);
            for (int epoch = 0; epoch < 2; epoch++) {
                List<Float> seen = new ArrayList<>();
                while (batches.hasNext()) {
                    DataSet data = batches.next();
                    for (int i = 0; i < data.numExamples(); i++) {
                        seen.add(data.getFeatures().getFloat(i, 0, 0, 0) * 255);
                    }
                }
                epochs.add(seen.stream().map(v -> (float) Math.round(v)).toList());
                batches.reset();
            }
        }
        assertEquals(epochs.get(0), epochs.get(2), "the same seed gives the same epochs");
        assertEquals(epochs.get(1), epochs.get(3));
        assertNotEquals(epochs.get(0), epochs.get(1));
        assertEquals(
                List.of(4f, 5f, 6f, 7f, 8f, 9f), epochs.get(1).stream().sorted().toList());
    }

    @Test
    void foldersAreClasses() throws Exception {
        for (String kind : List.of("cat", "dog")) {
            Files.createDirectories(folder.resolve(kind));
            for (int i = 0; i < 4; i++) {
                BufferedImage picture = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
                for (int x = 5; x < 25; x++) {
                    for (int y = 0; y < 20; y++) {
                        picture.setRGB(x, y, kind.equals("cat") ? 0xff0000 : 0x0000ff);
                    }
                }
                ImageIO.write(
                        picture, "png", folder.resolve(kind).resolve(i + ".PNG").toFile());
            }
        }
        Files.writeString(folder.resolve("cat").resolve("notes.txt"), "no image");
        Files.createDirectories(folder.resolve("empty"));
        ImageFolder images = new ImageFolder(folder);
        assertEquals(List.of("cat", "dog"), images.classes());
        assertEquals(8, images.size());
        assertEquals(1, images.label(4));
        float[] blue = images.read(4, 10);
        assertEquals(0, blue[50], "the black border is cut off");
        assertEquals(255, blue[200], 1e-3);
        int[][] split = images.split(0.25, 1);
        assertEquals(6, split[0].length);
        assertEquals(2, split[1].length);
        assertEquals(
                List.of(0, 1),
                Arrays.stream(split[1]).map(images::label).boxed().toList());

        Files.writeString(folder.resolve("dog").resolve("0.PNG"), "no image");
        String message =
                assertThrows(IOException.class, () -> images.read(4, 10)).getMessage();
        assertTrue(message.contains("no image that Java can read"), message);
        assertThrows(IOException.class, () -> new ImageFolder(folder.resolve("cat")));
    }

    /** Image i is one pixel of value i. */
    private static final class Numbers implements LabelledImages {
        @Override
        public int size() {
            return 10;
        }

        @Override
        public List<String> classes() {
            return List.of("even", "odd");
        }

        @Override
        public int label(int image) {
            return image % 2;
        }

        @Override
        public float[] read(int image, int side) {
            return new float[] {image, image, image};
        }
    }
}
