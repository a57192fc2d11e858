/**
 * What is of the machine, the user and the process, whatever is trained on it: the processor, the native libraries that are loaded, the user's cache with what was
 * found out about a machine, and files that are written whole.
 */
package org.revlayers.internal.machine;
