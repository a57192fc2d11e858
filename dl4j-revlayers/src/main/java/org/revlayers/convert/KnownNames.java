package org.revlayers.convert;

import java.util.Collection;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;

/** Names that options mention must be there: one that is not is a slip of the pen that would go unnoticed. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class KnownNames {

    static void check(RazorOptions options, Collection<String> known) {
        check("except", options.getExcept(), known);
        check("dense", options.getDense(), known);
        check("thinnings", options.getThinnings().keySet(), known);
    }

    /** Refuses what is not known. */
    static void check(String option, Collection<String> named, Collection<String> known) {
        for (String name : named) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("the option \"" + option + "\" names \"" + name
                        + "\", which the network does not have; it has " + known);
            }
        }
    }
}
