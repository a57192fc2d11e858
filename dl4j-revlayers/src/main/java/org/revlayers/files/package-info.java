/** What is wrong with a file: one exception for all that are read. */
@NullMarked
package org.revlayers.files;

import org.jspecify.annotations.NullMarked;
