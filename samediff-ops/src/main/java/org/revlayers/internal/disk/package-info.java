/**
 * Arrays on a disk between forward and backward, or, of a device, in host memory: {@link org.revlayers.internal.disk.Disk} writes them behind the computation and reads them ahead of
 * it, {@link org.revlayers.internal.disk.BlockFile} is where they lie, {@link org.revlayers.internal.disk.Bandwidth} what that costs.
 */
package org.revlayers.internal.disk;
