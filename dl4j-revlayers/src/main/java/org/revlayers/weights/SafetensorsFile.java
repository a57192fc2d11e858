package org.revlayers.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;

/**
 * A safetensors file: 8 bytes of header length (little-endian), a JSON header, then the tensors without a gap. The file
 * is checked as a whole when it is opened ({@link SafetensorsHeader}); every tensor is memory-mapped when it is read, so
 * files larger than the heap, or than 2 GiB, are fine. One tensor may have up to 2 GiB.
 */
final class SafetensorsFile extends TensorTable<SafetensorsHeader.Entry> {

    private final FileChannel channel;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path file, FileChannel channel, SafetensorsHeader header) {
        super(file, header.tensors(), SafetensorsHeader.Entry::info);
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens and checks a file.
     *
     * @throws WeightsFileException when it is truncated, its header is absurd or not JSON, or its offsets overlap, leave
     *     gaps or disagree with shapes and types
     */
    public static SafetensorsFile open(Path file) throws IOException {
        return ForeignFile.read(file, "get it again", () -> opened(file));
    }

    private static SafetensorsFile opened(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            long size = channel.size();
            if (size < 8) {
                throw new WeightsFileException(
                        file, "a safetensors file has at least 8 bytes, this one has " + size, "download it again");
            }
            ByteBuffer length = read(channel, 0, 8);
            long n = length.getLong();
            if (n < 2 || n > SafetensorsHeader.MAX_BYTES) {
                throw new WeightsFileException(
                        file,
                        "the header length must be 2.." + SafetensorsHeader.MAX_BYTES + " bytes, the file says "
                                + Long.toUnsignedString(n),
                        "check that it is a safetensors file");
            }
            if (8 + n > size) {
                throw new WeightsFileException(
                        file,
                        "truncated: the header needs " + (8 + n) + " bytes, the file has " + size,
                        "download it again");
            }
            byte[] json = new byte[(int) n];
            read(channel, 8, json.length).get(json);
            return new SafetensorsFile(file, channel, SafetensorsHeader.parse(file, json, size - 8 - n));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
            // until full: the caller has checked the file's size
        }
        return buffer.flip();
    }

    @Override
    public INDArray read(String name) {
        TensorInfo info = info(name);
        if (info.bytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(file + ": " + info + " has " + info.bytes()
                    + " bytes, one tensor may have 2^31-1; split it into several");
        }
        long at = 8L + header.length() + tensors.get(name).begin();
        try {
            ByteBuffer bytes = info.bytes() == 0
                    ? ByteBuffer.allocate(0)
                    : channel.map(FileChannel.MapMode.READ_ONLY, at, info.bytes());
            return Decode.array(bytes, info.type(), info.shape());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of " + file, e);
        }
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
