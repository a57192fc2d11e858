/** The one room that names classes of ND4J's CUDA backend; nothing in it is loaded unless that backend runs. */
package org.revlayers.internal.cuda;
