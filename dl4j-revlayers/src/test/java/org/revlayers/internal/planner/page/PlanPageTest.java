package org.revlayers.internal.planner.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.revlayers.internal.planner.PlanFigures;
import org.revlayers.internal.planner.PlanJson;
import org.revlayers.plan.Bytes;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class PlanPageTest {

    private static Document parsed(PlanFigures plan, boolean verified) throws Exception {
        String page = new PlanPage(plan, verified ? SamplePlans.verified() : null).toString();
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<Element> all(Document page, String tag) {
        NodeList found = page.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    private static List<String> texts(Document page, String tag) {
        return all(page, tag).stream().map(e -> e.getTextContent().trim()).toList();
    }

    private static Element table(Document page, String caption) {
        return all(page, "table").stream()
                .filter(t -> t.getElementsByTagName("caption")
                        .item(0)
                        .getTextContent()
                        .startsWith(caption))
                .findFirst()
                .orElseThrow();
    }

    private static int rows(Element table) {
        return ((Element) table.getElementsByTagName("tbody").item(0))
                .getElementsByTagName("tr")
                .getLength();
    }

    /** Names as they are, whatever they hold, and every figure of the plan, once parsed. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 40})
    void theFiguresOfThePlanAreInIt(int units) throws Exception {
        PlanFigures plan = SamplePlans.of(units, false);
        Document page = parsed(plan, false);
        List<String> cells = new ArrayList<>(texts(page, "td"));
        cells.addAll(texts(page, "th"));
        for (PlanFigures.Row row : plan.rows()) {
            assertTrue(cells.contains(row.name()), row.name());
            assertTrue(cells.contains(Bytes.text(row.peakBytes())), row.name());
            assertTrue(cells.contains(row.answer().label()), row.name());
        }
        assertEquals(units, rows(table(page, "How each unit")));
        assertEquals(plan.frontier().size(), rows(table(page, "Budgets")));
        plan.frontier().forEach(p -> assertTrue(cells.contains(Bytes.text(p.peakBytes())), cells::toString));
        List<String> told = texts(page, "strong");
        assertEquals(Bytes.text(plan.plan().peakBytes()), told.get(0));
        assertEquals(Bytes.text(plan.plan().keptBytes()), told.get(1));
    }

    /** A bar each way for every unit, the plain line and the budget. */
    @Test
    void memoryOverAStepIsTheFirstPicture() throws Exception {
        Element chart = all(parsed(SamplePlans.of(5, false), false), "svg").get(0);
        assertEquals(10, chart.getElementsByTagName("g").getLength());
        String first = chart.getElementsByTagName("g").item(0).getTextContent();
        String last = chart.getElementsByTagName("g").item(9).getTextContent();
        assertEquals("<a&b>, forward, store: 5.00 MiB, of which kept 3.00 MiB", first);
        assertEquals("<a&b>, backward, store: 8.00 MiB, of which kept 3.00 MiB", last);
        Element line = (Element) chart.getElementsByTagName("polyline").item(0);
        assertEquals(20, line.getAttribute("points").split(" ").length);
        assertTrue(chart.getTextContent().contains("budget 37.00 MiB"), chart::getTextContent);
    }

    @Test
    void whatWasMeasuredIsBesideIt() throws Exception {
        PlanFigures plan = SamplePlans.of(5, false);
        assertFalse(texts(parsed(plan, false), "caption").contains("Predicted and measured"));
        Document page = parsed(plan, true);
        assertTrue(table(page, "Predicted and measured").getTextContent().contains("1.789"));
        assertEquals(2, all(page, "path").size());
    }

    @Test
    void theBudgetOfAProcessHasItsParts() throws Exception {
        Element parts = table(parsed(SamplePlans.of(5, true), false), "Parts");
        assertEquals(5, rows(parts));
        assertTrue(parts.getTextContent().contains("456.00 MiB"), parts::getTextContent);
    }

    private static String id(Element svg, String tag) {
        return ((Element) svg.getElementsByTagName(tag).item(0)).getAttribute("id");
    }

    /** For those who read it by ear, and for a machine without a network. */
    @Test
    void picturesAndTablesSayWhatTheyAreAndNothingIsFetched() throws Exception {
        Document page = parsed(SamplePlans.of(5, true), true);
        assertEquals(2, all(page, "svg").size());
        for (Element svg : all(page, "svg")) {
            assertEquals(
                    List.of(svg.getAttribute("aria-labelledby").split(" ")),
                    List.of(id(svg, "title"), id(svg, "desc")));
        }
        assertEquals(all(page, "table").size(), all(page, "caption").size());
        assertEquals(2, all(page, "figcaption").size());
        for (String tag : List.of("script", "img", "iframe", "object")) {
            assertEquals(0, all(page, tag).size(), tag);
        }
        assertEquals(
                List.of("data:,"),
                all(page, "link").stream().map(l -> l.getAttribute("href")).toList());
        String style = texts(page, "style").get(0);
        assertFalse(style.contains("url(") || style.contains("@import"), style);
    }

    /** As one from a file that was written before they were in it. */
    @Test
    void aPlanWithoutMemoryOverAStepIsDrawnWithoutIt() throws Exception {
        String json = PlanJson.of(SamplePlans.of(5, false)).replace("stepMemory", "other");
        PlanFigures read = PlanJson.read(json);
        assertEquals(1, all(parsed(read, false), "svg").size());
        assertEquals(
                SamplePlans.of(5, false).memory(),
                PlanJson.read(PlanJson.of(SamplePlans.of(5, false))).memory());
    }
}
