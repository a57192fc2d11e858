package org.revlayers.internal.kernel.tokens;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * How many tokens stay.
 *
 * @param keep part of the tokens behind the first one, in (0, 1]
 * @param fuse whether the others become one token; gone if not
 * @param count whether the mask behind says for how many the fused token stands; 1 if not
 * @param again whether the last token in front is a fused one, which is fused again and never stays by itself
 */
public record TokenShare(double keep, boolean fuse, boolean count, boolean again) {

    /** 0.55·100 is 55.00000000000001 in doubles. */
    private static final double ROUNDING = 1e-9;

    /** Whose fused token is one like the others. */
    public TokenShare(double keep, boolean fuse) {
        this(keep, fuse, false, false);
    }

    /** Of the tokens behind the first one. */
    int kept(long tokens) {
        return (int) Math.ceil(keep * (tokens - 1) - ROUNDING);
    }

    /** How many are left out. */
    public long others(long tokens) {
        return tokens - 1 - kept(tokens);
    }

    /** How many tokens there are behind so many; at least one, an unknown number is as unknown behind. */
    public long behind(long tokens) {
        return tokens < 1 ? tokens : Math.min(tokens, 1 + kept(tokens) + (fuse ? 1 : 0));
    }

    /** Whether any of so many tokens is left out: none is where as many would be behind. */
    public boolean drops(long tokens) {
        return behind(tokens) < tokens;
    }

    /**
     * The mask of the tokens behind: those that are shown come first. With {@code count} the last one is the number of tokens that the fused one stands for.
     *
     * @param mask {@code [mb, tokens]}, or null
     */
    public @Nullable INDArray mask(@Nullable INDArray mask) {
        if (mask == null || !drops(mask.size(1))) {
            return mask;
        }
        int kept = kept(mask.size(1));
        INDArray behind = Nd4j.zeros(mask.dataType(), mask.size(0), behind(mask.size(1)));
        for (int b = 0; b < mask.size(0); b++) {
            behind.putScalar(b, 0, mask.getDouble(b, 0));
            double stay = Math.min(kept, sum(mask, b, mask.size(1) - (again ? 1 : 0)));
            for (int i = 0; i < stay; i++) {
                behind.putScalar(b, 1 + i, 1);
            }
            double left = sum(mask, b, mask.size(1)) - stay;
            if (fuse && left > 0) {
                behind.putScalar(b, behind.size(1) - 1, count ? left : 1);
            }
        }
        return behind;
    }

    /** Of an example, behind the first token. */
    private static double sum(INDArray mask, int example, long to) {
        return mask.get(NDArrayIndex.point(example), NDArrayIndex.interval(1, to))
                .sumNumber()
                .doubleValue();
    }
}
