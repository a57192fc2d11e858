"""Reference embeddings of all-MiniLM-L6-v2, computed in numpy from its ONNX file.

    python3 minilm_reference.py all-minilm-l6-v2.onnx ../resources/reference/minilm.json

With --check as third argument it also runs the file through onnxruntime and prints the distance.
"""

import json
import sys

import numpy as np
from wire import gelu, layer_norm, onnx_initializers, sample, softmax

SENTENCES = {
    "A man is eating food.": [101, 1037, 2158, 2003, 5983, 2833, 1012, 102],
    "A man is eating a piece of bread.": [101, 1037, 2158, 2003, 5983, 1037, 3538, 1997, 7852, 1012, 102],
}
EPS = 1e-12
HEADS = 12


def forward(weights, ids):
    """Token ids to the list of the embedding's and all six layers' outputs, [tokens, 384] each."""

    def norm(name, x):
        return layer_norm(x, weights[name + ".weight"], weights[name + ".bias"], EPS)

    e = "embeddings."
    x = weights[e + "word_embeddings.weight"][ids].astype(np.float64)
    x = x + weights[e + "position_embeddings.weight"][: len(ids)] + weights[e + "token_type_embeddings.weight"][0]
    outputs = [norm(e + "LayerNorm", x)]
    for i in range(6):
        x = outputs[-1]
        p = f"encoder.layer.{i}."

        def linear(number, name, v):
            return v @ weights[f"onnx::MatMul_{number + 13 * i}"] + weights[p + name + ".bias"]

        def split(v):
            return v.reshape(len(ids), HEADS, -1).transpose(1, 0, 2)

        q = split(linear(787, "attention.self.query", x))
        k = split(linear(788, "attention.self.key", x))
        v = split(linear(791, "attention.self.value", x))
        mixed = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])) @ v
        mixed = mixed.transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(p + "attention.output.LayerNorm", x + linear(797, "attention.output.dense", mixed))
        inner = gelu(linear(798, "intermediate.dense", x))
        outputs.append(norm(p + "output.LayerNorm", x + linear(799, "output.dense", inner)))
    return outputs


def main():
    weights = onnx_initializers(sys.argv[1])
    out = {"sentences": []}
    embeddings = []
    for text, ids in SENTENCES.items():
        layers = forward(weights, ids)
        pooled = layers[-1].mean(0)
        embeddings.append(pooled / np.linalg.norm(pooled))
        out["sentences"].append(
            {
                "text": text,
                "ids": ids,
                "embedding": [float("%.7g" % v) for v in embeddings[-1]],
                "layers": [sample(layer, 64) for layer in layers],
            }
        )
        if "--check" in sys.argv:
            import onnxruntime

            feed = np.array([ids])
            session = onnxruntime.InferenceSession(sys.argv[1])
            feeds = {"input_ids": feed, "attention_mask": np.ones_like(feed), "token_type_ids": np.zeros_like(feed)}
            got = session.run(None, {k.name: feeds[k.name] for k in session.get_inputs()})[0][0]
            print("onnxruntime: max abs difference", np.abs(got - layers[-1]).max(), "of", np.abs(got).max())
    out["cosine"] = float(embeddings[0] @ embeddings[1])
    print("cosine", out["cosine"])
    with open(sys.argv[2], "w") as f:
        json.dump(out, f)


if __name__ == "__main__":
    main()
