package org.revlayers.internal.planner.page;

import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.text.Markup;
import org.revlayers.plan.Answer;

/** The colour of each answer, the same wherever it shows; never alone, its name is beside it. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Methods {

    private static final List<String> LIGHT =
            List.of("#2a78d6", "#eb6834", "#1baf7a", "#eda100", "#e87ba4", "#4a3aa7", "#e34948", "#008300");
    private static final List<String> DARK =
            List.of("#3987e5", "#d95926", "#199e70", "#c98500", "#d55181", "#9085e9", "#e66767", "#0ca30c");

    /** The style class of what is painted in it. */
    static String style(Answer answer) {
        return "m" + answer.ordinal() % LIGHT.size();
    }

    /** Definitions of the colours. */
    static String variables(boolean dark) {
        StringBuilder out = new StringBuilder();
        List<String> colours = dark ? DARK : LIGHT;
        for (int i = 0; i < colours.size(); i++) {
            out.append("--m").append(i).append(':').append(colours.get(i)).append(';');
        }
        return out.toString();
    }

    /** Classes that paint with them. */
    static String classes() {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < LIGHT.size(); i++) {
            out.append(Markup.format(".m%d{fill:var(--m%d);background:var(--m%d)}", i, i, i));
        }
        return out.toString();
    }

    /** A dot of the colour and the name. */
    static String chip(Answer answer) {
        return "<span class=\"dot " + style(answer) + "\"></span>" + answer.label();
    }
}
