package org.revlayers.keep;

import java.util.List;
import java.util.Locale;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.CoefficientSchedule.CoefficientScheduleBuilder;
import org.revlayers.reversible.CoefficientTable;

/** A setting that says something of a chain's coefficients. */
record ScheduleReader(SettingReader setting) {

    private static final String ROW = "[0-9]{1,9}/-?[0-9]{1,4}/-?[0-9]{1,4}";
    private static final String TABLE =
            "table:q:iteration/α·q/β·q, with whole numbers and a part for each iteration from which α and β are others, table:8:0/8/1:500/7/1 say";

    /** The schedule with it. */
    CoefficientSchedule set(CoefficientSchedule before) {
        boolean usual = before.equals(MemorySettings.CHAIN.schedule());
        boolean line = setting.name().equals("linear") && !setting.rest().isEmpty();
        boolean table = setting.name().equals("table");
        if (isForm() && setting.rest().isEmpty()) {
            return inForm(before);
        }
        if (before.hasTable() || (line || table) && !usual) {
            throw new IllegalArgumentException(
                    "a table or a line of coefficients is the whole schedule: leave out what else is said of the schedule");
        }
        if (line) {
            setting.form(
                    "linear:α:β:α:β:iterations",
                    "the first α and β and the last, and the iterations from these to those");
            return CoefficientSchedule.linear(number(1), number(2), number(3), number(4), setting.whole(5));
        }
        return table ? table() : formula(before, usual);
    }

    private boolean isForm() {
        return setting.name().equals("two-step") || setting.name().equals("random");
    }

    private ChainForm form() {
        return setting.name().equals("random") ? ChainForm.RANDOM_SIGNS : ChainForm.TWO_STEP;
    }

    private CoefficientSchedule inForm(CoefficientSchedule before) {
        if (before.hasTable()) {
            CoefficientTable table = before.table();
            return CoefficientSchedule.of(new CoefficientTable(table.q(), form(), table.rows()));
        }
        return before.toBuilder().form(form()).build();
    }

    private CoefficientSchedule table() {
        List<String> rows = setting.rest();
        boolean read = rows.size() > 1
                && rows.get(0).matches("[0-9]{1,2}")
                && rows.stream().skip(1).allMatch(row -> row.matches(ROW));
        if (!read) {
            throw new IllegalArgumentException("write " + TABLE);
        }
        return CoefficientSchedule.of(new CoefficientTable(
                Integer.parseInt(rows.get(0)),
                rows.stream().skip(1).map(ScheduleReader::row).toList()));
    }

    private static CoefficientTable.Row row(String text) {
        String[] numbers = text.split("/");
        return new CoefficientTable.Row(
                Long.parseLong(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
    }

    private CoefficientSchedule formula(CoefficientSchedule before, boolean usual) {
        CoefficientScheduleBuilder s = before.toBuilder();
        switch (setting.name()) {
            case "at", "from", "to" -> pair(s);
            case "over" -> {
                setting.form("over:steps", "the optimizer steps of the whole training");
                s.totalIterations(setting.whole(1));
                if (usual) {
                    s.alphaEnd(CoefficientSchedule.over(1).getAlphaEnd())
                            .betaEnd(CoefficientSchedule.over(1).getBetaEnd());
                }
            }
            case "end" -> {
                setting.form("end:share", "of the training, behind which the coefficients stay");
                s.endFraction(number(1));
            }
            case "return" -> {
                setting.form("return:share", "of the training, in which the coefficients go back to (1, 0)");
                s.returnFraction(number(1));
            }
            case "two-step", "random" -> {
                setting.form(setting.name() + ":γ", "as in random:0.125");
                CoefficientSchedule whole = form() == ChainForm.RANDOM_SIGNS
                        ? CoefficientSchedule.randomSigns(number(1))
                        : CoefficientSchedule.twoStep(number(1));
                s.form(whole.getForm()).steps(whole.getSteps());
                s.alphaStart(whole.getAlphaStart()).betaStart(whole.getBetaStart());
                s.alphaEnd(whole.getAlphaEnd()).betaEnd(whole.getBetaEnd());
            }
            case "steps" -> {
                setting.form("steps:q", "the denominator of α and β");
                s.steps(setting.whole(1));
            }
            default -> {
                setting.form(setting.name());
                s.shape(CoefficientSchedule.Shape.valueOf(setting.name().toUpperCase(Locale.ROOT)));
            }
        }
        return s.build();
    }

    private void pair(CoefficientScheduleBuilder s) {
        setting.form(setting.name() + ":α:β");
        if (!setting.name().equals("to")) {
            s.alphaStart(number(1)).betaStart(number(2));
        }
        if (!setting.name().equals("from")) {
            s.alphaEnd(number(1)).betaEnd(number(2));
        }
    }

    private double number(int place) {
        return setting.number(place);
    }
}
