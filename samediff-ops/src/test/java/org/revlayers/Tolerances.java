package org.revlayers;

/** Every tolerance of the tests, with its reason. Anything that is not named here is compared exactly. */
public final class Tolerances {

    /** A double function against 20 known digits, relative: a series, an exponential and a few products, each about an ulp. */
    public static final double DOUBLE_FUNCTION = 2e-15;

    /** Sums of up to a thousand doubles of the order of one, in any order, absolute. */
    public static final double DOUBLE_SUM = 1e-12;

    /**
     * Exact gradients against central differences in double with {@link #DIFFERENCE_STEP}, relative to the largest gradient: the step's
     * truncation (h², 1e-10) and cancellation (1e-16/h, 1e-11), times third derivatives of up to some hundred.
     */
    public static final double DIFFERENCES = 1e-7;

    /** See {@link #DIFFERENCES}. */
    public static final double DIFFERENCE_STEP = 1e-5;

    /** What one rounding to half costs, relative: half a unit in the eleventh bit. */
    public static final double HALF_ROUNDING = 0x1p-11;

    /**
     * fp32 elementwise functions against the same in double, in ulps: exponential 2, polynomial 3, quotient and products 1 each. The worst over
     * a million normal numbers is 8 (GELU near −1.85), 4 for SiLU.
     */
    public static final int FUNCTION_ULPS = 10;

    /** fp32 sums over a row against sums in double, in ulps of the row's largest number: up to a thousand additions in at least four lanes. */
    public static final int SUM_ULPS = 32;

    /**
     * An fp32 product over up to 16 rows of numbers of the order of one, against the same summed in another order and with or without fused
     * multiply-adds, relative to one more than the largest: 16 additions err by half an ulp (2⁻²⁴) each, on both sides.
     */
    public static final double PRODUCT_OF_16 = 0x1p-19;

    private Tolerances() {}
}
