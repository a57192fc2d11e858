package org.revlayers.internal.convert;

import java.util.HashSet;
import java.util.Set;

/** Names that a container accepts, without underscores and dots, each given once. */
final class SafeNames {

    private final Set<String> taken;

    SafeNames(String... reserved) {
        taken = new HashSet<>(Set.of(reserved));
    }

    /** The name itself as far as it can be, and free with what is put in front of it. */
    String of(String name, String prefix) {
        String safe = name.isEmpty() ? "layer" : name.replace('_', '-').replace('.', '-');
        String free = safe;
        for (int i = 2; !taken.add(prefix + free); i++) {
            free = safe + "-" + i;
        }
        return free;
    }
}
