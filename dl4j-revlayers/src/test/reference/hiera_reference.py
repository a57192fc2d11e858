"""Reference outputs of Hiera-Tiny (SAM2 image encoder), computed in numpy from the ORT file.

    python3 hiera_reference.py sam2_hiera_tiny_encoder.with_runtime_opt.ort ../resources/reference/hiera-tiny-224.json

With --check as third argument it also runs the whole encoder at its native 1024 px through onnxruntime and prints how
far the outputs of this file's network (trunk, neck, SAM heads) are from it.
"""

import json
import sys

import numpy as np
from wire import OrtFile, erf, gelu, layer_norm, sample, softmax

TRUNK = "model.image_encoder.trunk."
LINEAR = "/image_encoder/trunk/"
HEADS = [1, 2, 2, 4, 4, 4, 4, 4, 4, 4, 8, 8]
POOLS = {1, 3, 10}
WINDOW = [8, 8, 4, 4, 14, 14, 14, 14, 14, 14, 14, 7]
GLOBAL = {5, 7, 9}
EPS = 1e-6


def image(height, width):
    """The fixed synthetic input [3, height, width]."""
    c, y, x = np.meshgrid(np.arange(3.0), np.arange(float(height)), np.arange(float(width)), indexing="ij")
    return np.sin(0.05 * x * (c + 1) + 0.03 * y) + 0.5 * np.cos(0.11 * y - 0.02 * x * c)


def cubic_matrix(n_in, n_out, a=-0.75):
    """Bicubic interpolation along one axis: half-pixel centres, edge values repeated."""
    m = np.zeros((n_out, n_in))
    for i in range(n_out):
        x = (i + 0.5) * n_in / n_out - 0.5
        low = int(np.floor(x))
        for k in range(low - 1, low + 3):
            d = abs(x - k)
            if d <= 1:
                w = ((a + 2) * d - (a + 3)) * d * d + 1
            else:
                w = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
            m[i, min(max(k, 0), n_in - 1)] += w
    return m


def position(weights, grid):
    """Position embedding [96, grid, grid].

    The file holds it folded for 256 x 256 patches: a 7 x 7 background, interpolated, plus an 8 x 8 window, tiled. Both
    are recovered by least squares (the fit is exact to 1e-7) and put together again for the wanted grid.
    """
    folded = weights[LINEAR + "Transpose_output_0"][0].astype(np.float64)
    b = cubic_matrix(7, 256)
    t = np.tile(np.eye(8), (32, 1))
    normal = np.block(
        [
            [np.kron(b.T @ b, b.T @ b), np.kron(b.T @ t, b.T @ t)],
            [np.kron(t.T @ b, t.T @ b), np.kron(t.T @ t, t.T @ t)],
        ]
    )
    right = np.concatenate([(b.T @ folded @ b).reshape(96, -1), (t.T @ folded @ t).reshape(96, -1)], 1)
    found = np.linalg.lstsq(normal, right.T, rcond=1e-12)[0].T
    background, window = found[:, :49].reshape(96, 7, 7), found[:, 49:].reshape(96, 8, 8)
    fit = b @ background @ b.T + np.tile(window, (1, 32, 32))
    assert np.abs(fit - folded).max() < 1e-6
    b = cubic_matrix(7, grid)
    return b @ background @ b.T + np.tile(window, (1, grid // 8, grid // 8))


def stem(weights, x):
    """[3, H, W] to [H/4, W/4, 96]: 7 x 7 convolution, stride 4, padding 3, plus positions."""
    w = weights[TRUNK + "patch_embed.proj.weight"].astype(x.dtype)
    padded = np.pad(x, ((0, 0), (3, 3), (3, 3)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (7, 7), (1, 2))[:, ::4, ::4]
    out = np.einsum("cyxuv,kcuv->yxk", views, w, optimize=True)
    return out + weights[TRUNK + "patch_embed.proj.bias"] + position(weights, out.shape[0]).transpose(1, 2, 0)


def pool(x):
    """Max over 2 x 2 cells of [..., h, w, c]."""
    *lead, h, w, c = x.shape
    return x.reshape(*lead, h // 2, 2, w // 2, 2, c).max((-4, -2))


def windows(x, size):
    h, w, c = x.shape
    padded = np.pad(x, ((0, -h % size), (0, -w % size), (0, 0)))
    ph, pw, _ = padded.shape
    return padded.reshape(ph // size, size, pw // size, size, c).transpose(0, 2, 1, 3, 4).reshape(-1, size, size, c), ph, pw


def unwindows(x, ph, pw, h, w):
    size, c = x.shape[1], x.shape[3]
    x = x.reshape(ph // size, pw // size, size, size, c).transpose(0, 2, 1, 3, 4).reshape(ph, pw, c)
    return x[:h, :w]


def block(weights, i, x):
    """Block i on [h, w, c]."""

    def linear(name, v):
        return v @ weights[f"{LINEAR}blocks.{i}/{name}/Transpose_output_0"].astype(x.dtype) + weights[
            f"{TRUNK}blocks.{i}.{name.replace('/', '.')}.bias"
        ].astype(x.dtype)

    def norm(name, v):
        return layer_norm(
            v, *(weights[f"{TRUNK}blocks.{i}.{name}.{p}"].astype(x.dtype) for p in ("weight", "bias")), EPS
        )

    y = norm("norm1", x)
    shortcut = pool(linear("proj", y)) if i in POOLS else x
    size = WINDOW[i]
    if i in GLOBAL:
        cells, ph, pw = y[None], *y.shape[:2]
    else:
        cells, ph, pw = windows(y, size)
    n, sh, sw, _ = cells.shape
    qkv = linear("attn/qkv", cells)
    dim = qkv.shape[-1] // 3
    q, k, v = qkv[..., :dim], qkv[..., dim : 2 * dim], qkv[..., 2 * dim :]
    if i in POOLS:
        q = pool(q)
        ph, pw = ph // 2, pw // 2
    qh, qw = q.shape[1:3]
    heads = HEADS[i]

    def split(z):
        return z.reshape(n, -1, heads, dim // heads).transpose(0, 2, 1, 3)

    q, k, v = split(q), split(k), split(v)
    out = np.empty_like(q)
    for j in range(n):
        out[j] = softmax(q[j] @ k[j].transpose(0, 2, 1) * (dim // heads) ** -0.5) @ v[j]
    out = linear("attn/proj", out.transpose(0, 2, 1, 3).reshape(n, qh, qw, dim))
    h, w = shortcut.shape[:2]
    out = out[0] if i in GLOBAL else unwindows(out, ph, pw, h, w)
    x = shortcut + out
    return x + linear("mlp/layers.1", gelu(linear("mlp/layers.0", norm("norm2", x))))


def check(weights, path):
    """Prints the distance to onnxruntime at 1024 px, for the three outputs of the encoder."""
    import onnxruntime

    x = image(1024, 1024).astype(np.float32)
    wanted = onnxruntime.InferenceSession(path).run(None, {"image": x[None]})
    x = stem(weights, x).astype(np.float32)
    stages = []
    for i in range(12):
        x = block(weights, i, x)
        if i in (0, 2, 9, 11):
            stages.append(x)

    def conv(name, v):
        return v @ weights[name + ".weight"][:, :, 0, 0].T + weights[name + ".bias"]

    lateral = [conv(f"model.image_encoder.neck.convs.{3 - i}.conv", s) for i, s in enumerate(stages)]
    top = lateral[3].repeat(2, 0).repeat(2, 1)
    got = [
        conv("model.sam_mask_decoder.conv_s0", lateral[0]),
        conv("model.sam_mask_decoder.conv_s1", lateral[1]),
        lateral[2] + top + weights["no_mem_embed"].reshape(-1),
    ]
    for g, w in zip(got, wanted):
        w = w[0].transpose(1, 2, 0)
        print("onnxruntime", w.shape, "max abs difference", np.abs(g - w).max(), "of", np.abs(w).max())


def main():
    weights = OrtFile(sys.argv[1])
    if "--check" in sys.argv:
        check(weights, sys.argv[1])
    x = stem(weights, image(224, 224))
    out = {"stem": sample(x.reshape(-1, 96), 256)}
    for i in range(10):
        x = block(weights, i, x)
        if i >= 3:
            out[f"block{i}"] = sample(x.reshape(-1, 384), 256)
    x = stem(weights, image(128, 128))
    for i in range(4):
        x = block(weights, i, x)
    out["block3at128"] = sample(x.reshape(-1, 384), 256)
    with open(sys.argv[2], "w") as f:
        json.dump(out, f)


if __name__ == "__main__":
    main()
