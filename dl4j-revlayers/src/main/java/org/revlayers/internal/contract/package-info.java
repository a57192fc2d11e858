/** What a layer and a container owe each other: passes, inputs kept, shapes, predictions. The lowest room of this module. */
package org.revlayers.internal.contract;
