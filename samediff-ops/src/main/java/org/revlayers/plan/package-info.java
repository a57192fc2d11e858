/** What a plan of memory is asked and answers: how exact it has to be, sizes as text, and a budget that nothing fits. The solver is in {@code org.revlayers.internal.plan}. */
@NullMarked
package org.revlayers.plan;

import org.jspecify.annotations.NullMarked;
