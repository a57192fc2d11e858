/** Images and texts with labels, as DL4J iterators: plain ImageIO, no OpenCV. */
package org.revlayers.examples.data;
