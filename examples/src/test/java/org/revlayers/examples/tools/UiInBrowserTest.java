package org.revlayers.examples.tools;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.ui.api.UIServer;
import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * DL4J's UI in a real browser, while a reversible network trains: Chromium or Chrome of the environment's {@code REVLAYERS_BROWSER} or found on the path;
 * skipped where there is none. The picture in the documents is the one that this leaves in {@code target/ui.png}.
 */
class UiInBrowserTest {

    private static final Path PICTURE = Path.of("target/ui.png");
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

    @TempDir
    private Path folder;

    private static Path browser() {
        String given = System.getenv("REVLAYERS_BROWSER");
        return given != null
                ? Path.of(given)
                : Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
                        .filter(Files::isExecutable)
                        .findFirst()
                        .orElse(null);
    }

    @Test
    void theOverviewShowsTheTraining() throws Exception {
        Path browser = browser();
        assumeTrue(
                browser != null, "no browser: name one in REVLAYERS_BROWSER, or put one of " + NAMES + " on the path");
        try (ServerSocket free = new ServerSocket(0)) {
            System.setProperty("org.deeplearning4j.ui.port", Integer.toString(free.getLocalPort()));
        }
        InMemoryStatsStorage storage = new InMemoryStatsStorage();
        MultiLayerNetwork net = Converted.list(Memory.reversible(CoefficientSchedule.over(60)));
        net.setListeners(new StatsListener(storage));
        for (int epoch = 0; epoch < 10; epoch++) {
            net.fit(Converted.batchesForLists(6));
        }
        UIServer server = UIServer.getInstance();
        try {
            server.attach(storage);
            look(browser, server.getAddress() + "/train/overview");
        } finally {
            UIServer.stopInstance();
        }
        BufferedImage picture = ImageIO.read(PICTURE.toFile());
        Set<Integer> colours = new HashSet<>();
        for (int i = 0; i < picture.getWidth() * picture.getHeight(); i++) {
            colours.add(picture.getRGB(i % picture.getWidth(), i / picture.getWidth()));
        }
        assertTrue(colours.size() > 100, () -> colours.size() + " colours: not a page with charts");
    }

    private void look(Path browser, String address) throws Exception {
        Files.deleteIfExists(PICTURE);
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(
                        browser.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--window-size=1200,840",
                        "--virtual-time-budget=20000",
                        "--screenshot=" + PICTURE.toAbsolutePath(),
                        address)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly().waitFor();
        }
        assertTrue(Files.exists(PICTURE), () -> "no picture of " + address);
    }
}
