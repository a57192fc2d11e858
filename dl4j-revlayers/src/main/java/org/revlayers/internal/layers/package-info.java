/** The maths of layers on tokens, arrays in and arrays out: attention, MLP, linear inputs, branch scales, parameters and what is kept. */
package org.revlayers.internal.layers;
