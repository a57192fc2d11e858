package org.revlayers.examples.data;

import java.io.IOException;
import java.util.List;

/** Images with one class each, read one at a time. */
public interface LabelledImages {

    /** Number of images. */
    int size();

    /** Class names, in the order of the labels. */
    List<String> classes();

    /** Label of an image, an index into {@link #classes}. */
    int label(int image);

    /**
     * An image, resized to a square.
     *
     * @param side pixels
     * @return {@code [3, side, side]}, RGB, 0..255
     * @throws IOException when it cannot be read; the message names the file
     */
    float[] read(int image, int side) throws IOException;
}
