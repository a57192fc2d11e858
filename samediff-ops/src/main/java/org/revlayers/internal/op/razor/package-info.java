/** Ops of Back Razor: dense values, thinned activations for backward. */
package org.revlayers.internal.op.razor;
