/** Weights and data from package registries: fetched by the user's own npm and Maven, verified, cached. */
package org.revlayers.internal.fetch;
