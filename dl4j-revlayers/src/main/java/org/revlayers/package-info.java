/** Where to begin: {@link org.revlayers.Lean} converts networks. */
package org.revlayers;
