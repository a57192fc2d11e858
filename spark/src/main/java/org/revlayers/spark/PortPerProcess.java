package org.revlayers.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import org.nd4j.parameterserver.distributed.v2.transport.PortSupplier;

/**
 * A UDP port that is free on this machine, the same one as long as the process lives: for several processes of one {@code SharedTrainingMaster} on a machine,
 * {@code VoidConfiguration.builder().portSupplier(new PortPerProcess())}.
 *
 * <p>DL4J's own suppliers give every process of a machine one port, unless each has an environment of its own; and {@code StaticPortSupplier} of 1.0.0-M2 gives
 * 49876 whatever it was made with.
 */
public final class PortPerProcess implements PortSupplier {

    private static final long serialVersionUID = 1L;

    @Override
    public int getPort() {
        return Here.PORT;
    }

    private static final class Here {

        static final int PORT = free();

        private static int free() {
            try (DatagramSocket socket = new DatagramSocket()) {
                return socket.getLocalPort();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
