/** JMH benchmarks of the kernels, and a report that holds them against copy bandwidth, stock ND4J ops and the project's targets. */
package org.revlayers.benchmarks;
