package org.revlayers.keras;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Configurations as {@code model.to_json()} of Keras 2 writes them. One model each: layers are collected. */
final class KerasJson {

    private static final String END = "\"keras_version\":\"2.4.0\",\"backend\":\"tensorflow\"}";
    private static final String RULES =
            "\"kernel_initializer\":{\"class_name\":\"GlorotUniform\",\"config\":{\"seed\":null}},"
                    + "\"bias_initializer\":{\"class_name\":\"Zeros\",\"config\":{}},\"kernel_regularizer\":null,\"bias_regularizer\":null,"
                    + "\"activity_regularizer\":null,\"kernel_constraint\":null,\"bias_constraint\":null";
    private static final String NORM =
            "\"axis\":[3],\"momentum\":0.99,\"epsilon\":0.001,\"center\":true,\"scale\":true,"
                    + "\"beta_initializer\":{\"class_name\":\"Zeros\",\"config\":{}},\"gamma_initializer\":{\"class_name\":\"Ones\",\"config\":{}},"
                    + "\"moving_mean_initializer\":{\"class_name\":\"Zeros\",\"config\":{}},"
                    + "\"moving_variance_initializer\":{\"class_name\":\"Ones\",\"config\":{}},\"beta_regularizer\":null,\"gamma_regularizer\":null,"
                    + "\"beta_constraint\":null,\"gamma_constraint\":null";

    private final List<String> layers = new ArrayList<>();

    /** Three dense layers in a row. */
    String sequential() {
        layer("Dense", "first", "\"batch_input_shape\":[null,6]," + dense(16, "relu"));
        layer("Dense", "second", dense(16, "tanh"));
        layer("Dense", "last", dense(3, "softmax"));
        return "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"sequential\",\"layers\":["
                + String.join(",", layers) + "]}," + END;
    }

    /** Two residual blocks of dense layers. */
    String residual() {
        input("[null,6]");
        layer("Dense", "stem", dense(8, "relu"), "in");
        layer("Dense", "body_a", dense(8, "tanh"), "stem");
        layer("Add", "add_a", null, "body_a", "stem");
        layer("Dense", "body_b", dense(8, "tanh"), "add_a");
        layer("Add", "add_b", null, "body_b", "add_a");
        layer("Dense", "last", dense(3, "softmax"), "add_b");
        return functional();
    }

    /** Two residual blocks of convolutions and batch normalisations, channels last. */
    String pictures() {
        input("[null,8,8,3]");
        layer("Conv2D", "stem", convolution("relu"), "in");
        String last = "stem";
        for (String block : new String[] {"a", "b"}) {
            layer("Conv2D", "conv_" + block, convolution("linear"), last);
            layer("BatchNormalization", "norm_" + block, NORM, "conv_" + block);
            layer("Activation", "relu_" + block, "\"activation\":\"relu\"", "norm_" + block);
            layer("Add", "add_" + block, null, "relu_" + block, last);
            last = "add_" + block;
        }
        layer("GlobalAveragePooling2D", "pool", "\"data_format\":\"channels_last\"", last);
        layer("Dense", "last", dense(3, "softmax"), "pool");
        return functional();
    }

    private String functional() {
        return "{\"class_name\":\"Functional\",\"config\":{\"name\":\"functional\",\"layers\":["
                + String.join(",", layers) + "],\"input_layers\":[[\"in\",0,0]],\"output_layers\":[[\"last\",0,0]]},"
                + END;
    }

    private void input(String shape) {
        layers.add("{\"class_name\":\"InputLayer\",\"config\":{\"batch_input_shape\":" + shape
                + ",\"dtype\":\"float32\",\"sparse\":false,\"name\":\"in\"},\"name\":\"in\",\"inbound_nodes\":[]}");
    }

    private static String dense(int units, String activation) {
        return "\"units\":" + units + ",\"activation\":\"" + activation + "\",\"use_bias\":true," + RULES;
    }

    private static String convolution(String activation) {
        return "\"filters\":4,\"kernel_size\":[3,3],\"strides\":[1,1],\"padding\":\"same\",\"data_format\":\"channels_last\","
                + "\"dilation_rate\":[1,1],\"groups\":1,\"activation\":\"" + activation + "\",\"use_bias\":true,"
                + RULES;
    }

    /** @param from the layers that it reads; none in a row of layers */
    private void layer(String kind, String name, String settings, String... from) {
        String nodes = Stream.of(from).map(node -> "[\"" + node + "\",0,0,{}]").collect(Collectors.joining(","));
        layers.add("{\"class_name\":\"" + kind + "\",\"config\":{\"name\":\"" + name
                + "\",\"trainable\":true,\"dtype\":\"float32\""
                + (settings == null ? "" : "," + settings) + "}"
                + (from.length == 0 ? "" : ",\"name\":\"" + name + "\",\"inbound_nodes\":[[" + nodes + "]]") + "}");
    }
}
