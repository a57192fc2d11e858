package org.revlayers.internal.container;

import java.util.HashSet;
import java.util.Set;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.layers.BaseLayer;

/** What must hold of a container's configuration before it is built. */
public final class PartCheck {

    private final ContainerLayer container;

    /** For this configuration. */
    public PartCheck(ContainerLayer container) {
        this.container = container;
    }

    /** What holds of all containers: names that can be told apart, and no weight noise. */
    public void check() {
        require(
                container.getWeightNoise() == null,
                "has weight noise, which a recomputation would draw again: set it on the other layers only");
        Set<String> prefixes = new HashSet<>();
        for (Part part : container.parts()) {
            require(
                    prefixes.add(part.prefix()),
                    "has two layers whose parameters would be named \"" + part.prefix()
                            + "…\": give them names of their own");
            if (part.layer().getLayerName() != null) {
                name(part.layer().getLayerName(), "layer");
            }
            require(
                    !(part.layer() instanceof BaseLayer l) || l.getWeightNoise() == null,
                    "has weight noise in \"" + part.prefix() + "\", which a recomputation would draw again: remove it");
            if (part.layer() instanceof ContainerLayer inside) {
                IDropout noise = inside.getIDropout();
                require(
                        noise == null || noise.getClass() == Dropout.class,
                        "has " + noise + " in front of the container \"" + part.prefix()
                                + "\", whose input takes plain dropout alone: put a DropoutLayer with it in front");
                require(
                        inside.getConstraints() == null
                                || inside.getConstraints().isEmpty(),
                        "has the container \"" + part.prefix()
                                + "\" with constraints of its own: set them on the layers inside, or on the outermost");
                new PartCheck(inside).check();
            }
        }
    }

    /** Refuses names that cannot be part of a parameter's. */
    public void name(String name, String what) {
        require(
                name != null && !name.isEmpty() && name.indexOf('_') < 0 && name.indexOf('.') < 0,
                "needs names without underscores (DL4J splits parameter names there) and dots; a " + what
                        + " is named \"" + name + "\": rename it");
    }

    /** Throws if something does not hold. */
    public void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(container.title() + " " + message);
        }
    }
}
