/** Turns plain networks into memory-efficient ones that compute the same. */
package org.revlayers.convert;
