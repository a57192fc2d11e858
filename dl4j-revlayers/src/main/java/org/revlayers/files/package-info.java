/** Files that are written. */
package org.revlayers.files;
