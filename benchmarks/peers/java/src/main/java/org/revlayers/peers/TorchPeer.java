package org.revlayers.peers;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.get_num_threads;
import static org.bytedeco.pytorch.global.torch.hasMKL;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@code java-torch} and {@code java-torch-sdpa} of {@code bench}: plain training in this process, with the lines of its own workers. What is kept is not measured. */
public final class TorchPeer {

    private TorchPeer() {}

    /** The arguments of a worker of {@code bench}. */
    public static void main(String[] args) throws IOException {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i++) {
            given.put(args[i], args[i + 1]);
        }
        String threads = System.getenv("OMP_NUM_THREADS");
        set_num_threads(threads == null ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(threads));
        manual_seed(1);
        String model = given.getOrDefault("--model", "vit-b16");
        long batch = Long.parseLong(given.getOrDefault("--batch", "8"));
        long size = Long.parseLong(given.getOrDefault("--size", "224"));
        int depth = Integer.parseInt(given.getOrDefault("--depth", "0"));
        int steps = Integer.parseInt(given.getOrDefault("--steps", "3"));
        int warmUp = Integer.parseInt(given.getOrDefault("--warm-up", "2"));
        Networks made = new Networks(given.getOrDefault("--method", "java-torch").endsWith("sdpa"));
        UnaryOperator<Tensor> net =
                switch (model) {
                    case "vit-b16" -> made.vit(768, 12, depth == 0 ? 12 : depth, size);
                    case "vit-s16" -> made.vit(384, 6, depth == 0 ? 12 : depth, size);
                    case "vit-ti16" -> made.vit(192, 3, depth == 0 ? 12 : depth, size);
                    case "minilm" -> made.miniLm(depth == 0 ? 6 : depth);
                    case "resnet50" -> made.resNet50();
                    default -> throw new IllegalArgumentException("no model " + model);
                };
        boolean text = model.equals("minilm");
        Tensor x = text ? numbers(30522, batch, size) : randn(batch, 3, size, size);
        Tensor y = numbers(text ? 8 : 1000, batch);
        List<String> seconds = new ArrayList<>();
        for (int i = 0; i < warmUp + steps; i++) {
            long start = System.nanoTime();
            step(made, net, x, y);
            double took = (System.nanoTime() - start) / 1e9;
            if (i >= warmUp) {
                seconds.add(String.valueOf(took));
            }
            System.out.printf(Locale.ROOT, "bench-progress\tstep %d of %d, %.2f s%n", i + 1, warmUp + steps, took);
        }
        long numbers = made.parameters.stream().mapToLong(Tensor::numel).sum();
        System.out.println(String.join(
                "\t",
                "bench-result",
                "steps=" + String.join(",", seconds),
                "kept=-1",
                "peak=-1",
                "rest=" + 2 * Float.BYTES * numbers,
                "process=" + peakOfProcess(),
                "backend=JavaCPP PyTorch " + Loader.getVersion("org.bytedeco", "pytorch"),
                "blas=" + (hasMKL() ? "MKL" : "OpenBLAS"),
                "threads=" + get_num_threads()));
    }

    private static Tensor numbers(long below, long... shape) {
        return randint(below, shape, new TensorOptions(ScalarType.Long));
    }

    private static void step(Networks made, UnaryOperator<Tensor> net, Tensor x, Tensor y) {
        try (PointerScope scope = new PointerScope()) {
            cross_entropy_loss(net.apply(x), y).backward();
            try (NoGradGuard guard = new NoGradGuard()) {
                for (Tensor p : made.parameters) {
                    p.sub_(p.grad(), new Scalar(0.01));
                    p.grad().zero_();
                }
            }
        }
    }

    /** Bytes, of Linux; 0 elsewhere. */
    private static long peakOfProcess() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
