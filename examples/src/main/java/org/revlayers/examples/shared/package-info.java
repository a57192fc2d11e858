/** What the commands have in common: the choice of a method and its options, their errors, progress. */
package org.revlayers.examples.shared;
