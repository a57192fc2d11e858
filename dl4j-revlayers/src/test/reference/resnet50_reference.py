"""Reference outputs of ResNet-50, computed in numpy from its TensorFlow.js files.

    python3 resnet50_reference.py model.json labels.json ../resources/reference/resnet50.json photo.jpg ...

Besides the photos (resized beforehand, read with Pillow) it runs the synthetic image of hiera_reference.py, scaled to 0..255.
"""

import json
import os
import sys

import numpy as np
from wire import sample

EPS = 1e-3
MEANS = np.array([103.939, 116.779, 123.68])


def load(path):
    """All tensors as numpy arrays, by name."""
    with open(path) as f:
        manifest = json.load(f)["weightsManifest"]
    tensors = {}
    for group in manifest:
        data = b"".join(open(os.path.join(os.path.dirname(path), p), "rb").read() for p in group["paths"])
        at = 0
        for w in group["weights"]:
            count = int(np.prod(w["shape"]))
            tensors[w["name"]] = np.frombuffer(data, "<f4", count, at).reshape(w["shape"]).astype(np.float64)
            at += 4 * count
        assert at == len(data)
    return tensors


def conv(x, kernel, bias, stride=1, pad=0):
    """[h, w, in] with a kernel [kh, kw, in, out]."""
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    kh, kw = kernel.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (0, 1))[::stride, ::stride]
    return np.tensordot(windows, kernel, ([3, 4, 2], [0, 1, 2])) + bias


def forward(w, x):
    """An image [h, w, 3] of red, green, blue from 0 to 255 to the outputs of the pooling, of stages 2 to 5 and of the head."""

    def unit(name, norm, x, stride=1, pad=0):
        y = conv(x, w[name + "/kernel"], w[name + "/bias"], stride, pad)
        scale = w[norm + "/gamma"] / np.sqrt(w[norm + "/moving_variance"] + EPS)
        return (y - w[norm + "/moving_mean"]) * scale + w[norm + "/beta"]

    x = x[:, :, ::-1] - MEANS
    x = np.maximum(unit("conv1", "bn_conv1", x, 2, 3), 0)
    x = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    x = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (0, 1))[::2, ::2].max((3, 4))
    outputs = {"pool1": x}
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for i in range(blocks):
            branch = f"{stage}{'abcdef'[i]}_branch"
            stride = 2 if i == 0 and stage > 2 else 1
            y = np.maximum(unit(f"res{branch}2a", f"bn{branch}2a", x, stride), 0)
            y = np.maximum(unit(f"res{branch}2b", f"bn{branch}2b", y, 1, 1), 0)
            y = unit(f"res{branch}2c", f"bn{branch}2c", y)
            s = unit(f"res{branch}1", f"bn{branch}1", x, stride) if i == 0 else x
            x = np.maximum(y + s, 0)
        outputs[f"res{branch}"] = x
    logits = x.mean((0, 1)) @ w["fc1000/kernel"] + w["fc1000/bias"]
    p = np.exp(logits - logits.max())
    return outputs, p / p.sum()


def synthetic(side):
    c, y, x = np.mgrid[:3, :side, :side]
    image = np.sin(0.05 * x * (c + 1) + 0.03 * y) + 0.5 * np.cos(0.11 * y - 0.02 * x * c)
    return (127.5 + 80 * image).transpose(1, 2, 0)


def main():
    w = load(sys.argv[1])
    with open(sys.argv[2]) as f:
        labels = json.load(f)
    result = {"synthetic": {}, "photos": {}}
    for side in (64, 224):
        outputs, p = forward(w, synthetic(side))
        layers = {k: sample(v.transpose(2, 0, 1), 64) for k, v in outputs.items()}
        result["synthetic"][side] = {"layers": layers, "output": sample(p, 64)}
    for path in sys.argv[4:]:
        from PIL import Image

        _, p = forward(w, np.asarray(Image.open(path).convert("RGB"), np.float64))
        best = int(p.argmax())
        label = labels[str(best)]
        print(path, label, p[best])
        result["photos"][os.path.basename(path)] = {"class": best, "label": label, "probability": float("%.5g" % p[best])}
    with open(sys.argv[3], "w") as f:
        json.dump(result, f)


if __name__ == "__main__":
    main()
