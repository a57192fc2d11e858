package org.revlayers.examples.finetune;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.machine.WholeFile;

/**
 * What frozen stages give for all items, and the items' classes, in a file: computed once for all methods of a run, and for one that goes on.
 *
 * @param values {@code [items, tokens, features]}
 * @param labels class of every item
 */
record FrozenFeatures(INDArray values, int[] labels) {

    /** Whether the file is there and of that content. */
    static boolean isIn(Path file, String content) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            return in.readUTF().equals(content);
        } catch (java.io.EOFException | java.io.UTFDataFormatException e) {
            return false; // of something else
        }
    }

    /** @param content says of what they are */
    void write(Path file, String content) throws IOException {
        WholeFile.write(file, stream -> {
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream));
            out.writeUTF(content);
            out.writeInt(labels.length);
            for (int label : labels) {
                out.writeInt(label);
            }
            Nd4j.write(values, out);
            out.flush();
        });
    }

    static FrozenFeatures read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            in.readUTF();
            int[] labels = new int[in.readInt()];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = in.readInt();
            }
            return new FrozenFeatures(Nd4j.read(in), labels);
        }
    }
}
