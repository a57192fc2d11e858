/** What all ops of this library share, and the ops that the others are made of. */
package org.revlayers.internal.op.base;
