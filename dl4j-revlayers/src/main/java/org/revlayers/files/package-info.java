/** What is wrong with a file: one exception for all that are read. */
package org.revlayers.files;
