package org.revlayers.benchmarks;

/**
 * One kernel on arrays of one size.
 *
 * @param name     what the tables call it
 * @param bytes    read and written by one call
 * @param flops    floating-point operations of one call, for what arithmetic bounds; else 0
 * @param target   share of the copy bandwidth that is asked of it
 * @param kernel   one call
 * @param stock    one call of the stock ND4J op for the same, or null
 * @param faster   how many times the stock op's speed is asked of it, or 0
 */
record KernelCase(
        String name, double bytes, double flops, Target target, Runnable kernel, Runnable stock, double faster) {}
