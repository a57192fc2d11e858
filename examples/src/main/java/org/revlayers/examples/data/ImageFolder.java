package org.revlayers.examples.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Images in one folder per class. Classes and images are in alphabetical order; what ImageIO cannot read by its name's end
 * is left out. An image is cut to its central square and resized.
 *
 * <p>Not DataVec's {@code ImageRecordReader}: that skips pixels where it makes an image smaller, and brings native code for one job that Java does.
 */
public final class ImageFolder implements LabelledImages {

    private final List<String> classes = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();

    /**
     * @param folder holds one folder per class
     * @throws IOException when it holds fewer than two classes with images
     */
    public ImageFolder(Path folder) throws IOException {
        Set<String> endings = new TreeSet<>();
        for (String s : ImageIO.getReaderFileSuffixes()) {
            endings.add(s.toLowerCase(Locale.ROOT));
        }
        for (Path kind : list(folder)) {
            if (!Files.isDirectory(kind)) {
                continue;
            }
            List<Path> images = list(kind).stream()
                    .filter(f -> endings.contains(ending(f))
                            && Files.isRegularFile(f)
                            && !f.getFileName().toString().startsWith("."))
                    .toList();
            if (!images.isEmpty()) {
                images.forEach(f -> labels.add(classes.size()));
                files.addAll(images);
                classes.add(String.valueOf(kind.getFileName()));
            }
        }
        if (classes.size() < 2) {
            throw new IOException(folder + " must hold one folder per class, at least two with images, it holds "
                    + classes + "; images end in " + endings);
        }
    }

    /** The files that cannot be decoded, of all. */
    public List<Path> broken() {
        return IntStream.range(0, files.size())
                .parallel()
                .filter(i -> {
                    try {
                        Pictures.read(files.get(i), "");
                        return false;
                    } catch (IOException | RuntimeException e) {
                        return true;
                    }
                })
                .mapToObj(files::get)
                .toList();
    }

    /** Leaves files out. */
    public void leaveOut(Collection<Path> some) {
        for (int i = files.size() - 1; i >= 0; i--) {
            if (some.contains(files.get(i))) {
                files.remove(i);
                labels.remove(i);
            }
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    private static String ending(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public List<String> classes() {
        return List.copyOf(classes);
    }

    @Override
    public int label(int image) {
        return labels.get(image);
    }

    /**
     * Splits the images into training and test, class by class, by a seed.
     *
     * @param testShare 0..1, of every class; at least one image of a class is left for training
     * @return items for training, items for testing
     */
    public int[][] split(double testShare, long seed) {
        List<Integer> train = new ArrayList<>();
        List<Integer> test = new ArrayList<>();
        for (int c = 0; c < classes.size(); c++) {
            int first = labels.indexOf(c);
            int count = labels.lastIndexOf(c) - first + 1;
            int tests = Math.min(count - 1, (int) Math.round(count * testShare));
            int[] order = Shuffle.order(count, seed + c);
            for (int i = 0; i < count; i++) {
                (i < tests ? test : train).add(first + order[i]);
            }
        }
        return new int[][] {ints(train), ints(test)};
    }

    private static int[] ints(List<Integer> list) {
        int[] out = list.stream().mapToInt(Integer::intValue).toArray();
        Arrays.sort(out);
        return out;
    }

    @Override
    public float[] read(int image, int side) throws IOException {
        Path file = files.get(image);
        BufferedImage picture = Pictures.read(file, "remove it or convert it to PNG or JPEG");
        int size = Math.min(picture.getWidth(), picture.getHeight());
        int left = (picture.getWidth() - size) / 2;
        int top = (picture.getHeight() - size) / 2;
        float[] pixels = new float[3 * size * size];
        int[] row = new int[size];
        for (int y = 0; y < size; y++) {
            picture.getRGB(left, top + y, size, 1, row, 0, size);
            for (int x = 0; x < size; x++) {
                int at = y * size + x;
                pixels[at] = row[x] >> 16 & 0xff;
                pixels[size * size + at] = row[x] >> 8 & 0xff;
                pixels[2 * size * size + at] = row[x] & 0xff;
            }
        }
        return Resize.bilinear(pixels, 3, size, size, side);
    }
}
