/** Files from anywhere, read so that any bytes give a result or a {@link org.revlayers.files.WeightsFileException}. */
package org.revlayers.internal.files;
