package org.revlayers.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.serde.FlatBuffersMapper;
import org.nd4j.graph.FlatArray;
import org.nd4j.graph.FlatGraph;
import org.nd4j.graph.FlatNode;
import org.nd4j.graph.FlatProperties;
import org.nd4j.graph.FlatVariable;
import org.nd4j.graph.UpdaterState;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.files.WeightsFileException;

/** A SameDiff graph from anywhere: {@link SameDiff#load} takes lengths, shapes and strides at their word, here they are checked before. */
public final class SameDiffFile {

    private static final String REMEDY = "save the graph again, or get the file again";

    private final Path file;
    private final long size;
    private long left;

    private SameDiffFile(Path file, long size) {
        this.file = file;
        this.size = size;
        this.left = size;
    }

    /** As {@link SameDiff#load(java.io.File, boolean)}. */
    public static SameDiff load(Path file, boolean updaterState) throws IOException {
        return ForeignFile.read(file, REMEDY, () -> {
            byte[] bytes = Files.readAllBytes(file);
            new SameDiffFile(file, bytes.length).check(FlatGraph.getRootAsFlatGraph(ByteBuffer.wrap(bytes)));
            return SameDiff.fromFlatBuffers(ByteBuffer.wrap(bytes), updaterState);
        });
    }

    private void check(FlatGraph graph) throws IOException {
        count("variables", graph.variablesLength());
        count("nodes", graph.nodesLength());
        count("placeholders", graph.placeholdersLength());
        count("loss variables", graph.lossVariablesLength());
        count("updater states", graph.updaterStateLength());
        for (int i = 0; i < graph.variablesLength(); i++) {
            FlatVariable v = graph.variables(i);
            name("variable " + i, v.name());
            count("dimensions", v.shapeLength());
            count("dependencies", v.controlDepsLength());
            count("dependencies", v.controlDepForOpLength());
            count("dependencies", v.controlDepsForVarLength());
            array("variable \"" + v.name() + "\"", v.ndarray());
        }
        for (int i = 0; i < graph.nodesLength(); i++) {
            node(graph.nodes(i), "node " + i);
        }
        for (int i = 0; i < graph.updaterStateLength(); i++) {
            UpdaterState s = graph.updaterState(i);
            count("keys", s.updaterStateKeysLength());
            if (s.updaterStateValuesLength() != s.updaterStateKeysLength()) {
                throw broken("updater state " + i + " has not as many values as keys");
            }
            for (int j = 0; j < s.updaterStateValuesLength(); j++) {
                array("updater state " + i, s.updaterStateValues(j));
            }
        }
    }

    private void node(FlatNode n, String what) throws IOException {
        name(what, n.name());
        for (int length : new int[] {
            n.inputLength(),
            n.inputPairedLength(),
            n.outputLength(),
            n.extraParamsLength(),
            n.extraIntegerLength(),
            n.extraBoolsLength(),
            n.dimensionsLength(),
            n.outputNamesLength(),
            n.outputTypesLength(),
            n.controlDepsLength(),
            n.varControlDepsLength(),
            n.controlDepForLength(),
            n.extraTypesLength(),
            n.extraStringsLength(),
            n.propertiesLength()
        }) {
            count("items in " + what, length);
        }
        array("scalar of " + what, n.scalar());
        for (int i = 0; i < n.propertiesLength(); i++) {
            FlatProperties p = n.properties(i);
            for (int length : new int[] {
                p.iLength(), p.lLength(), p.dLength(), p.bLength(), p.sLength(), p.shapeLength(), p.aLength()
            }) {
                count("items in a property of " + what, length);
            }
            for (int j = 0; j < p.aLength(); j++) {
                array("array in " + what, p.a(j));
            }
        }
    }

    private void name(String what, String name) throws IOException {
        if (name == null) {
            throw broken(what + " has no name");
        }
        take(what, name.length());
    }

    private void count(String what, int n) throws IOException {
        if (n < 0 || n > size) {
            throw broken("says that it has " + n + " " + what + ", in a file of " + size + " bytes");
        }
    }

    /** No byte belongs to two things, so all together are no longer than the file. */
    private void take(String what, long bytes) throws IOException {
        left -= bytes;
        if (left < 0) {
            throw broken("its parts up to " + what + " say that they are longer than the file");
        }
    }

    private void array(String what, FlatArray array) throws IOException {
        if (array == null) {
            return;
        }
        count("numbers in a shape", array.shapeLength());
        if (array.shapeLength() < 4 || array.shapeLength() > 4 + 2 * ForeignFile.MAX_RANK) {
            throw broken(what + " has no shape");
        }
        long[] info = new long[array.shapeLength()];
        for (int i = 0; i < info.length; i++) {
            info[i] = array.shape(i);
        }
        DataType type = FlatBuffersMapper.getDataTypeFromByte(array.dtype());
        int length = array.bufferLength();
        count("bytes in an array", length);
        take(what, length);
        if (type == DataType.UTF8) {
            return;
        }
        if (type.width() <= 0) {
            throw broken(what + " has the type " + type);
        }
        boolean empty = length == 0;
        ShapeInfo.check(file, what, info, type, empty ? 0 : length / type.width(), REMEDY);
    }

    private WeightsFileException broken(String how) {
        return new WeightsFileException(file, how, REMEDY);
    }
}
