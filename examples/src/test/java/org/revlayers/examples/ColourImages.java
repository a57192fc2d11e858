package org.revlayers.examples;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/** Noisy PNG images in two folders, {@code blue} and {@code red}. */
public final class ColourImages {

    private static final int WIDTH = 48;
    private static final int HEIGHT = 36;

    private ColourImages() {}

    /** Paints this many of each; returns the folder. */
    public static Path paint(Path folder, int images) throws IOException {
        Random random = new Random(5);
        for (String colour : new String[] {"blue", "red"}) {
            Path kind = Files.createDirectories(folder.resolve(colour));
            for (int i = 0; i < images; i++) {
                BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
                for (int at = 0; at < WIDTH * HEIGHT; at++) {
                    int strong = 120 + random.nextInt(136);
                    int weak = random.nextInt(136);
                    int pixel = colour.equals("red") ? strong << 16 | weak : weak << 16 | strong;
                    image.setRGB(at % WIDTH, at / WIDTH, pixel | random.nextInt(256) << 8);
                }
                ImageIO.write(image, "png", kind.resolve(i + ".png").toFile());
            }
        }
        return folder;
    }
}
