/** What conversions give: the network, a report, and the way back. Users come in by {@code org.revlayers.Lean}. */
package org.revlayers.convert;
