/** Ops of Back Razor: dense values, thinned activations for backward. */
package org.revlayers.op.razor;
