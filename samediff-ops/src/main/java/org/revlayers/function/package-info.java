/** The functions that a user chooses a layer's by name: activation curves and the statistics of norms. */
package org.revlayers.function;
