package org.revlayers.internal.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the parameters of transformer blocks are in the chain that {@link TransformerRow} makes of them: {@code block index/name} by name. Names that a
 * block does not have are harmless.
 */
final class TransformerParameters {

    private static final List<List<String>> MATHS =
            List.of(List.of("qkvW", "qkvB", "projW", "projB"), List.of("fc1W", "fc1B", "fc2W", "fc2B"));

    private final Map<String, String> places = new LinkedHashMap<>();

    private TransformerParameters() {}

    /**
     * Of a row.
     *
     * @param names    of the blocks, as the chain has them
     * @param postNorm whether norms are behind the additions
     */
    static Map<String, String> of(List<String> names, boolean postNorm) {
        TransformerParameters made = new TransformerParameters();
        String pending = null; // the norm behind the addition before
        for (int i = 0; i < names.size(); i++) {
            for (int branch = 1; branch <= 2; branch++) {
                String sub = TransformerRow.subBlock(names.get(i), branch);
                String norm = i + "/norm" + branch;
                if (pending != null) {
                    made.norm(pending, sub + ".rnorm.");
                }
                if (!postNorm) {
                    made.norm(norm, sub + ".norm.");
                }
                pending = postNorm ? norm : null;
                for (String own : MATHS.get(branch - 1)) {
                    made.places.put(
                            i + "/" + own,
                            sub + "." + (branch == 1 ? TransformerRow.ATTENTION : TransformerRow.MLP) + "." + own);
                }
                made.places.put(i + "/ls" + branch + "Gamma", sub + ".scale.gamma");
            }
        }
        if (pending != null) {
            made.norm(pending, "exit.norm.");
        }
        return made.places;
    }

    private void norm(String from, String to) {
        places.put(from + "Gamma", to + "normGamma");
        places.put(from + "Beta", to + "normBeta");
    }

    /** The block's index in a key. */
    static int index(String key) {
        return Integer.parseInt(key.substring(0, key.indexOf('/')));
    }

    /** The parameter's name in the block, in a key. */
    static String parameter(String key) {
        return key.substring(key.indexOf('/') + 1);
    }
}
