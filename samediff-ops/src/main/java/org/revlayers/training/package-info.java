/** Training, outputs and evaluation of SameDiff graphs in memory that stays flat from step to step. */
@NullMarked
package org.revlayers.training;

import org.jspecify.annotations.NullMarked;
