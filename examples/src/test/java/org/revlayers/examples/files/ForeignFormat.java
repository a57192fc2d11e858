package org.revlayers.examples.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.learning.config.NoOp;
import org.revlayers.examples.ModelFile;
import org.revlayers.examples.data.Cifar10;
import org.revlayers.examples.data.ImageFolder;
import org.revlayers.examples.data.Reuters;
import org.revlayers.internal.files.SameDiffFile;
import org.revlayers.keep.Memory;
import org.revlayers.models.Pretrained;
import org.revlayers.text.WordPiece;
import org.revlayers.weights.TensorInfo;
import org.revlayers.weights.TensorSource;

/** A kind of file from outside: what its parts are, how they become a file, and how we read all of it. */
enum ForeignFormat {
    SAFETENSORS {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            byte[] header = parts.get("header");
            byte[] data = parts.get("data");
            ByteBuffer all =
                    ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
            return Files.write(
                    folder.resolve("model.safetensors"),
                    all.putLong(header.length).put(header).put(data).array());
        }

        @Override
        Object read(Path file) throws IOException {
            return allTensors(file);
        }
    },
    VIT {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return SAFETENSORS.write(folder, parts);
        }

        @Override
        Object read(Path file) throws IOException {
            try (TensorSource source = TensorSource.open(file)) {
                return Pretrained.vit(source, 3, 8, Memory.store(), new NoOp(), 1);
            }
        }
    },
    ONNX {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("model.onnx"), parts.get("model"));
        }

        @Override
        Object read(Path file) throws IOException {
            return allTensors(file);
        }
    },
    BERT {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return ONNX.write(folder, parts);
        }

        @Override
        Object read(Path file) throws IOException {
            try (TensorSource source = TensorSource.open(file)) {
                return Pretrained.miniLm(source, 4, 3, Memory.store(), new NoOp(), 1);
            }
        }
    },
    ORT {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("model.ort"), parts.get("model"));
        }

        @Override
        Object read(Path file) throws IOException {
            return allTensors(file);
        }
    },
    TFJS {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                Files.write(folder.resolve(part.getKey()), part.getValue());
            }
            return folder.resolve("model.json");
        }

        @Override
        Object read(Path file) throws IOException {
            return allTensors(file);
        }
    },
    TOKENIZER {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("tokenizer.json"), parts.get("tokenizer"));
        }

        @Override
        Object read(Path file) throws IOException {
            return WordPiece.read(file).encode("a man eats", 8);
        }
    },
    MODEL {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("model.zip"), zipped(parts, Deflater.DEFAULT_COMPRESSION));
        }

        @Override
        Object read(Path file) throws IOException {
            return new ModelFile(file).load().params().sumNumber();
        }
    },
    CHECKPOINT {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("checkpoint-plain.zip"), zipped(parts, Deflater.NO_COMPRESSION));
        }

        @Override
        Object read(Path file) throws IOException {
            return new ModelFile(file).load().params().sumNumber();
        }
    },
    SAMEDIFF {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("graph.fb"), parts.get("graph"));
        }

        @Override
        Object read(Path file) throws IOException {
            SameDiff graph = SameDiffFile.load(file, true);
            graph.variables().forEach(v -> {
                if (v.getArr() != null) {
                    v.getArr().sumNumber();
                }
            });
            return graph;
        }
    },
    IMAGE {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            Path file = null;
            for (String kind : List.of("a", "b")) {
                Files.createDirectories(folder.resolve(kind));
                for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                    file = Files.write(folder.resolve(kind).resolve(part.getKey()), part.getValue());
                }
            }
            return file;
        }

        @Override
        Object read(Path file) throws IOException {
            return new ImageFolder(file.getParent().getParent()).read(0, 16);
        }
    },
    REUTERS {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            return Files.write(folder.resolve("reuters-000.json"), parts.get("stories"));
        }

        @Override
        Object read(Path file) throws IOException {
            return Reuters.load(file.getParent(), true).stories();
        }
    },
    CIFAR10 {
        @Override
        Path write(Path folder, Map<String, byte[]> parts) throws IOException {
            for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                Files.write(folder.resolve(part.getKey()), part.getValue());
            }
            return folder.resolve("test_lables.json");
        }

        @Override
        Object read(Path file) throws IOException {
            Cifar10 images = Cifar10.load(file.getParent(), false);
            for (int i = 0; i < images.size(); i++) {
                if (images.label(i) < 0 || images.label(i) > 9) {
                    throw new AssertionError("label " + images.label(i) + " of ten classes");
                }
            }
            return images.read(images.size() - 1, 32);
        }
    };

    /** Puts the parts together; the file to open. */
    abstract Path write(Path folder, Map<String, byte[]> parts) throws IOException;

    /** Reads everything in the file. */
    abstract Object read(Path file) throws IOException;

    private static Object allTensors(Path file) throws IOException {
        try (TensorSource source = TensorSource.open(file)) {
            for (String name : source.names()) {
                TensorInfo info = source.info(name);
                long product = Arrays.stream(info.shape()).reduce(1, Math::multiplyExact);
                if (product * info.type().bytes() != info.bytes() || info.bytes() < 0) {
                    throw new AssertionError("opened as valid: " + info + " of " + info.bytes() + " bytes");
                }
                if (info.type().readable() && source.read(name).length() != product) {
                    throw new AssertionError("another number of values: " + info);
                }
            }
            return source.metadata();
        }
    }

    static byte[] zipped(Map<String, byte[]> entries, int level) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(level);
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(e.getKey()));
                zip.write(e.getValue());
            }
        }
        return bytes.toByteArray();
    }

    static Map<String, byte[]> unzipped(Path file) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
                entries.put(e.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }
}
