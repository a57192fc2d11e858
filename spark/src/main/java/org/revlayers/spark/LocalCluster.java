package org.revlayers.spark;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;

/**
 * A Spark cluster on this machine: a master here, and executors that are JVMs of their own.
 *
 * <p>Executors have the class path of this JVM but for the jars of this library and of the program, which they get as a cluster gets them: by {@code
 * spark.jars}, in a class loader of Spark's. On a cluster the other jars come with the image, or all of them in one fat jar for {@code spark-submit}.
 *
 * <p>Spark wants two things that only whoever starts this JVM can give it: the environment variable {@code SPARK_HOME}, a folder that it writes to, and
 * {@code --add-opens} for its own classes ({@code java.args}), which executors get from here. {@code run.sh} gives both.
 */
public final class LocalCluster {

    /** MiB of an executor's heap, and as much again outside of it. */
    private static final int MEMORY = 1024;

    private LocalCluster() {}

    /**
     * Starts a cluster.
     *
     * @param executors how many JVMs, of one core each
     * @param program jars of the program, which executors are to have beside those of this library and of this example
     */
    public static JavaSparkContext start(int executors, String... program) {
        return start(executors, Map.of(), program);
    }

    /**
     * Starts a cluster with settings of Spark's on top of what it needs.
     *
     * @param executors how many JVMs, of one core each
     * @param settings  names and values, as {@code spark-submit --conf} takes them
     * @param program   jars of the program, which executors are to have beside those of this library and of this example
     */
    static JavaSparkContext start(int executors, Map<String, String> settings, String... program) {
        home();
        Set<String> jars = new LinkedHashSet<>();
        for (Class<?> type : List.of(Lean.class, Memory.class, LocalCluster.class)) {
            jars.add(jarOf(type));
        }
        jars.addAll(List.of(program));
        SparkConf conf = new SparkConf()
                .setMaster("local-cluster[" + executors + ",1," + MEMORY + "]")
                .setAppName("revlayers")
                .set("spark.executor.memory", MEMORY + "m")
                .set("spark.jars", String.join(",", jars))
                .set("spark.executor.extraClassPath", classPathWithout(jars))
                .set(
                        "spark.executor.extraJavaOptions",
                        opens() + " -Daeron.publication.unblock.timeout=40s -Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
                .set("spark.executorEnv.SPARK_SCALA_VERSION", "2.12")
                .set("spark.executorEnv.OMP_WAIT_POLICY", "passive")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.ui.enabled", "false")
                .set("spark.locality.wait", "0");
        settings.forEach(conf::set);
        return new JavaSparkContext(conf);
    }

    /** Spark starts executors from the folder {@code jars} in there, which may be empty. */
    private static void home() {
        String home = System.getenv("SPARK_HOME");
        if (home == null) {
            throw new IllegalStateException(
                    "SPARK_HOME is not set: name a folder that Spark may write to, or start by run.sh");
        }
        try {
            Files.createDirectories(Path.of(home, "jars"));
        } catch (IOException e) {
            throw new IllegalStateException("SPARK_HOME is " + home + ", where no folder can be made", e);
        }
    }

    private static String opens() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .collect(Collectors.joining(" "));
    }

    private static String jarOf(Class<?> type) {
        try {
            Path jar = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isRegularFile(jar)) {
                throw new IllegalStateException(
                        type.getName() + " is in the folder " + jar + ", and Spark sends jars: run mvn package first");
            }
            return jar.toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String classPathWithout(Set<String> jars) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !jars.contains(Path.of(entry).toAbsolutePath().toString()))
                .filter(entry -> Files.isRegularFile(Path.of(entry)))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
