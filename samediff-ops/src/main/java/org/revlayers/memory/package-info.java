/** What a training holds, counted and shown. */
package org.revlayers.memory;
