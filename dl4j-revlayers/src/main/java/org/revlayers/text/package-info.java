/** Text to token ids. */
@NullMarked
package org.revlayers.text;

import org.jspecify.annotations.NullMarked;
