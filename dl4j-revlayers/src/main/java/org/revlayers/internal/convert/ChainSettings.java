package org.revlayers.internal.convert;

import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** What a {@link Memory} says of a chain. */
final class ChainSettings {

    private ChainSettings() {}

    /** A chain without blocks: of a network of such numbers. A checkpointed one computes what the blocks do. */
    static ReversibleChain.Builder chain(String name, Memory memory, DataType numbers) {
        ReversibleChain.Builder builder = new ReversibleChain.Builder()
                .name(name)
                .stockHosts(memory.stockHosts())
                .onDisk(memory.onDisk());
        if (memory.kind() == Memory.Kind.CHECKPOINT) {
            return builder.schedule(CoefficientSchedule.constant(1, 0))
                    .mode(ChainMode.CHECKPOINT)
                    .streams(numbers == DataType.DOUBLE ? StreamType.DOUBLE : StreamType.FLOAT);
        }
        Memory.Chain chain = memory.chain();
        return builder.schedule(chain.schedule())
                .mode(chain.mode())
                .streams(chain.streams())
                .streamScale(chain.streamScale())
                .tolerance(chain.tolerance());
    }
}
