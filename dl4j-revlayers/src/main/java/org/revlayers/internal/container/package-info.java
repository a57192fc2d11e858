/** What all containers share: parts and their parameters, checks, shapes, learning rates and gradient normalisation of what is inside. */
package org.revlayers.internal.container;
