package org.revlayers.internal.layers;

/**
 * One parameter of a layer, laid out in C order inside the flattened view that DL4J hands out.
 *
 * @param name   stable key in {@code paramTable()}
 * @param shape  of the parameter
 * @param kind   decides regularisation, updater and initial value
 * @param fanIn  for the weight initialisation
 * @param fanOut for the weight initialisation
 * @param initial of a gain
 */
public record ParamSpec(String name, long[] shape, Kind kind, long fanIn, long fanOut, double initial) {

    /** Checks the name. */
    public ParamSpec {
        if (name.indexOf('_') >= 0) {
            throw new IllegalArgumentException(
                    "DL4J splits layer and parameter at an underscore; \"" + name + "\" has one");
        }
    }

    /** What a parameter is. */
    public enum Kind {
        /** Initialised by the layer's weight initialisation, regularised. */
        WEIGHT,
        /** Starts at the layer's bias value, uses the bias updater and regularisation. */
        BIAS,
        /** Multiplies: starts at its own initial value; treated like a bias otherwise. */
        GAIN
    }

    /** A weight matrix {@code [in, out]}. */
    public static ParamSpec weight(String name, long in, long out) {
        return new ParamSpec(name, new long[] {in, out}, Kind.WEIGHT, in, out, 0);
    }

    /** A bias vector. */
    public static ParamSpec bias(String name, long size) {
        return new ParamSpec(name, new long[] {size}, Kind.BIAS, size, size, 0);
    }

    /** A vector of factors. */
    public static ParamSpec gain(String name, long size, double initial) {
        return new ParamSpec(name, new long[] {size}, Kind.GAIN, size, size, initial);
    }

    /** Number of elements. */
    public long length() {
        long length = 1;
        for (long n : shape) {
            length *= n;
        }
        return length;
    }
}
