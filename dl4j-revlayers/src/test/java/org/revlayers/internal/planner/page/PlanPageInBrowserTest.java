package org.revlayers.internal.planner.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.revlayers.internal.planner.PlanFigures;

/** A page in a real browser: Chromium or Chrome of the environment's {@code REVLAYERS_BROWSER} or found on the path; skipped where there is none. */
class PlanPageInBrowserTest {

    private static final int WIDTH = 1200;
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");
    private static final String LOOK =
            "<script>addEventListener('load', () => { const d = document.documentElement; document.title = 'seen ' + innerWidth"
                    + " + ' ' + d.scrollWidth + ' ' + getComputedStyle(document.body).backgroundColor.replaceAll(' ', ''); });</script>";
    private static final Pattern SEEN = Pattern.compile("<title>seen (\\d+) (\\d+) (\\S+)</title>");

    private static Path browser;

    @TempDir
    private Path folder;

    /**
     * What it shows.
     *
     * @param width      of the window
     * @param scroll     of the page
     * @param background colour of it
     * @param console    what was said there
     */
    private record Seen(int width, int scroll, String background, List<String> console) {}

    @BeforeAll
    static void find() {
        String given = System.getenv("REVLAYERS_BROWSER");
        browser = given != null
                ? Path.of(given)
                : Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator))
                        .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
                        .filter(Files::isExecutable)
                        .findFirst()
                        .orElse(null);
        assumeTrue(
                browser != null, "no browser: name one in REVLAYERS_BROWSER, or put one of " + NAMES + " on the path");
    }

    private Seen seen(String page, boolean dark) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("page.html"), page.replace("</head>", LOOK + "</head>"));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(
                        browser.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--window-size=" + WIDTH + ",900",
                        "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
                        "--enable-logging=stderr",
                        "--dump-dom",
                        file.toUri().toString())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            process.destroyForcibly().waitFor();
        }
        List<String> said = Files.readAllLines(err);
        Matcher seen = SEEN.matcher(Files.readString(out));
        assertTrue(seen.find(), () -> "the browser showed nothing: " + said);
        return new Seen(
                Integer.parseInt(seen.group(1)),
                Integer.parseInt(seen.group(2)),
                seen.group(3),
                new ArrayList<>(said.stream().filter(l -> l.contains("CONSOLE")).toList()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 12, 120})
    void nothingIsWiderThanTheWindowAndNothingIsWrong(int units) throws IOException, InterruptedException {
        PlanFigures plan = SamplePlans.of(units, true);
        Seen seen = seen(new PlanPage(plan, SamplePlans.verified()).toString(), false);
        assertEquals(WIDTH, seen.width());
        assertTrue(seen.scroll() <= WIDTH, seen::toString);
        assertEquals(List.of(), seen.console());
    }

    @Test
    void itIsLightAndDark() throws IOException, InterruptedException {
        String page = new PlanPage(SamplePlans.of(12, false), null).toString();
        assertEquals("rgb(255,255,255)", seen(page, false).background());
        assertNotEquals("rgb(255,255,255)", seen(page, true).background());
    }

    /** What this test would see of a page that is too wide and complains. */
    @Test
    void aBadPageIsSeen() throws IOException, InterruptedException {
        Seen seen = seen(
                "<html><head></head><body><div style=\"width:1300px\">x</div><script>missing()</script></body></html>",
                false);
        assertTrue(seen.scroll() >= 1300, seen::toString);
        assertEquals(1, seen.console().size(), seen::toString);
    }
}
