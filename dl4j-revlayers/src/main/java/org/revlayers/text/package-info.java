/** Text to token ids. */
package org.revlayers.text;
