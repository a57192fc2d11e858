/** Whole models and the frozen parts of them. */
@NullMarked
package org.revlayers.models;

import org.jspecify.annotations.NullMarked;
