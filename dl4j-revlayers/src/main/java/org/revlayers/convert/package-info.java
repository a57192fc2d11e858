/** What conversions give: the network, a report, and the way back. Users come in by {@code org.revlayers.Lean}. */
@NullMarked
package org.revlayers.convert;

import org.jspecify.annotations.NullMarked;
