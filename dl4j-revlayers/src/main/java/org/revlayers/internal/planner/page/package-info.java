/** A plan as a page for a browser: tables and pictures in one file. */
package org.revlayers.internal.planner.page;
