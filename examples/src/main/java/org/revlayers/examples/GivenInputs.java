package org.revlayers.examples;

import java.util.List;
import picocli.CommandLine.Option;

/** What a command is told of a model's inputs. */
final class GivenInputs {

    @Option(
            names = "--input",
            paramLabel = "SHAPE",
            converter = GivenInput.Converter.class,
            description = {
                "shape of an example, if the model does not tell: FEATURES, TOKENS,FEATURES, CHANNELS,HEIGHT,WIDTH, or",
                "ids:TOKENS,VOCABULARY for token ids; once per input of a graph, in its order"
            })
    private List<GivenInput> inputs = List.of();

    List<GivenInput> all() {
        return inputs;
    }
}
