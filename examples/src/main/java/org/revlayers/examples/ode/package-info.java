/** Neural ODEs: one fitted to a spiral with its picture, what its steps keep, and its gradients beside those of a continuous adjoint. */
package org.revlayers.examples.ode;
