/** {@code bench}: the same model by several methods, each in fresh processes, compared in time and memory. */
package org.revlayers.examples.bench;
