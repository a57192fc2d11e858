/** Tokens that are left out. */
package org.revlayers.internal.op.tokens;
