package org.revlayers.examples.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;

/** Image files, whose size is looked at before they are unpacked. */
final class Pictures {

    /** Pixels of an image; Java needs up to 4 bytes for each. */
    static final long MAX_PIXELS = 1 << 26;

    /** Pixels for each byte of a file: PNG and GIF of one colour reach about 1000, 8000 with one bit for a pixel. */
    private static final long MAX_PIXELS_PER_BYTE = 8500;

    private Pictures() {}

    static BufferedImage read(Path file, String remedy) throws IOException {
        return ForeignFile.read(file, remedy, () -> {
            try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
                Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
                if (!readers.hasNext()) {
                    throw new WeightsFileException(file, "is no image that Java can read", remedy);
                }
                ImageReader reader = readers.next();
                try {
                    reader.setInput(in, true, true); // without metadata
                    long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                    if (pixels < 1 || pixels > MAX_PIXELS || pixels > MAX_PIXELS_PER_BYTE * in.length()) {
                        throw new WeightsFileException(
                                file,
                                "says that it has " + reader.getWidth(0) + " x " + reader.getHeight(0) + " pixels, in "
                                        + in.length() + " bytes; at most " + MAX_PIXELS + " are read",
                                remedy);
                    }
                    return reader.read(0);
                } finally {
                    reader.dispose();
                }
            }
        });
    }
}
