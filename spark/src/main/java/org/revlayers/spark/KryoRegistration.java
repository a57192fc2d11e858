package org.revlayers.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.kryo.Nd4jRegistrator;

/**
 * Lets converted networks train where Spark serializes with Kryo: {@code spark.kryo.registrator} is to name this class.
 *
 * <p>Arrays go as Deeplearning4j sends them. Configurations go by Java's serialization, because the layers of this library have records in them, whose fields
 * the Kryo 4 of Spark 3.3 cannot read.
 */
public final class KryoRegistration extends Nd4jRegistrator {

    @Override
    public void registerClasses(Kryo kryo) {
        super.registerClasses(kryo);
        kryo.register(MultiLayerConfiguration.class, new JavaSerializer());
        kryo.register(ComputationGraphConfiguration.class, new JavaSerializer());
    }
}
