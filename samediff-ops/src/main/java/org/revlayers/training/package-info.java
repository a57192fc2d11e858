/** Training, outputs and evaluation of SameDiff graphs in memory that stays flat from step to step. */
package org.revlayers.training;
