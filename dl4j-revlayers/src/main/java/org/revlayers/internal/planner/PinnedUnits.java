package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.convert.PlanSubject;
import org.revlayers.internal.plan.Pin;
import org.revlayers.plan.Answer;

/** Pins of layers as pins of the units that they are in. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class PinnedUnits {

    /** @throws IllegalArgumentException for a pattern that fits no member of a unit */
    public static List<Pin> of(PlanSubject units, Map<String, Answer> pins) {
        List<Pin> exact = new ArrayList<>();
        pins.forEach((pattern, answer) -> {
            Pin pin = new Pin(pattern, answer.label());
            boolean any = false;
            for (int i = 0; i < units.size(); i++) {
                if (units.members(i).stream().anyMatch(pin::matches)) {
                    exact.add(new Pin(Problems.name(units, i), answer.label()));
                    any = true;
                }
            }
            if (!any) {
                throw new IllegalArgumentException("the pin " + pin + " matches no layer of a unit; units have "
                        + IntStream.range(0, units.size())
                                .mapToObj(units::members)
                                .toList());
            }
        });
        return exact;
    }
}
