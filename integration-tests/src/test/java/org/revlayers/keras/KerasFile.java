package org.revlayers.keras;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.bytedeco.hdf5.Attribute;
import org.bytedeco.hdf5.DataSet;
import org.bytedeco.hdf5.DataSpace;
import org.bytedeco.hdf5.Group;
import org.bytedeco.hdf5.H5File;
import org.bytedeco.hdf5.PredType;
import org.bytedeco.hdf5.StrType;
import org.bytedeco.hdf5.global.hdf5;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/** Writes a model file as Keras 2 does ({@code model.save("model.h5")}): the configuration as JSON in an attribute, weights layer by layer. Values are random. */
final class KerasFile {

    private static final String TRAINING =
            "{\"loss\":\"categorical_crossentropy\",\"optimizer_config\":{\"class_name\":\"SGD\",\"config\":{\"name\":\"SGD\",\"learning_rate\":0.05,\"lr\":0.05,\"decay\":0.0,\"momentum\":0.0,\"nesterov\":false}}}";

    private final Random random = new Random(1);

    /**
     * @param json   what {@code model.to_json()} gives
     * @param shapes of weights, by {@code layer} and {@code kernel}, {@code bias}, {@code gamma} and the like
     */
    void write(Path file, String json, Map<String, Map<String, long[]>> shapes) {
        H5File h5 = new H5File(file.toString(), hdf5.H5F_ACC_TRUNC);
        Group root = h5.openGroup("/");
        say(root, "keras_version", "2.4.0");
        say(root, "backend", "tensorflow");
        say(root, "model_config", json);
        say(root, "training_config", TRAINING);
        Group all = h5.createGroup("/model_weights");
        say(all, "keras_version", "2.4.0");
        say(all, "backend", "tensorflow");
        shapes.forEach((layer, weights) -> {
            Group group = h5.createGroup("/model_weights/" + layer);
            say(group, "weight_names", layer + "/kernel:0");
            h5.createGroup("/model_weights/" + layer + "/" + layer);
            weights.forEach((name, shape) ->
                    values(h5, "/model_weights/" + layer + "/" + layer + "/" + name + ":0", name, shape));
        });
        h5._close();
    }

    private static void say(Group group, String name, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StrType type = new StrType(PredType.C_S1(), bytes.length);
        Attribute attribute = group.createAttribute(name, type, new DataSpace(hdf5.H5S_SCALAR));
        attribute.write(type, new BytePointer(bytes));
    }

    private void values(H5File h5, String path, String name, long[] shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        float[] values = new float[(int) length];
        for (int i = 0; i < values.length; i++) {
            // variances and scales are positive
            values[i] = name.contains("variance") || name.equals("gamma")
                    ? 0.5f + random.nextFloat()
                    : (float) (0.3 * random.nextGaussian());
        }
        DataSet set = h5.createDataSet(path, PredType.NATIVE_FLOAT(), new DataSpace(shape.length, shape, null));
        set.write(new FloatPointer(values), PredType.NATIVE_FLOAT());
    }
}
