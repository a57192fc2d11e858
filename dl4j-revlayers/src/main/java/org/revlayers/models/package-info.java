/** Whole models and the frozen parts of them. */
package org.revlayers.models;
