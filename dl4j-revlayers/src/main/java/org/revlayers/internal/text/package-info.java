/** Text of files and options, as it can be shown. */
package org.revlayers.internal.text;
