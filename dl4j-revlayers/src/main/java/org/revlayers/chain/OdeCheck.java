package org.revlayers.chain;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.PartCheck;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.InPlaceBatchNorm;

/** What must hold of an ODE's configuration before it is built. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class OdeCheck {

    static void check(ReversibleOde ode) {
        PartCheck parts = new PartCheck(ode);
        parts.require(!ode.getLayers().isEmpty(), "has no f: add its layers with layers(...)");
        parts.require(ode.getSteps() >= 1, "needs at least one step, not " + ode.getSteps() + ": set steps(10), say");
        double length = ode.getTo() - ode.getFrom();
        parts.require(
                Double.isFinite(length) && length != 0,
                "needs two finite times that differ, not " + ode.getFrom() + " and " + ode.getTo()
                        + ": set time(0, 1), say");
        parts.require(ode.getSolver() != null, "has no solver: set solver(OdeSolver.ALF), say");
        ode.innerLayers().forEach((prefix, layer) -> inside(parts, prefix, layer, false));
    }

    /** Whether a batch normalisation's running statistics stand still. */
    private static boolean isStill(Layer layer) {
        return layer instanceof InPlaceBatchNorm norm && norm.isFrozenStatistics();
    }

    private static void inside(PartCheck parts, String prefix, Layer layer, boolean within) {
        boolean frozen = within || Wrappers.isFrozen(layer);
        parts.require(
                frozen || !(layer instanceof BatchNormalization) || isStill(layer),
                "has a BatchNormalization in f, \"" + prefix
                        + "\", whose running statistics would be one set for all steps: use a LayerNormalization, an InPlaceBatchNorm with frozenStatistics(true), or freeze it");
        Layer thawed = Wrappers.thawed(layer);
        parts.require(
                !(thawed instanceof StreamLayer),
                "has a chain or an ODE in f, \"" + prefix
                        + "\", which runs once a pass and not at every step: use a CheckpointSequence of its layers");
        if (thawed instanceof ContainerLayer container) {
            container.innerLayers().forEach((name, part) -> inside(parts, prefix + name, part, frozen));
        }
    }
}
