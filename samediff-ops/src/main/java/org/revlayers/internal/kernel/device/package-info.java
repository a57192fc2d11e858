/** Kernels where arrays do not live in host memory: how they are launched, and what runs on the host instead where a device has no kernel. */
package org.revlayers.internal.kernel.device;
