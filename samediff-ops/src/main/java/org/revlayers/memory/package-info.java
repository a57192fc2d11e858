/** What training keeps, and for how long: counted, shown, and kept flat from step to step. */
package org.revlayers.memory;
