"""Readers of the two weight files that the reference needs: an ORT flatbuffer and an ONNX protobuf.

Standard library and numpy only, and no line shared with the Java readers: the point of the reference is that nothing
but the file format itself is common to both sides.
"""

import mmap
import struct

import numpy as np

DTYPES = {1: "<f4", 6: "<i4", 7: "<i8"}


class OrtFile:
    """Initializers of an ORT flatbuffer as numpy arrays, by name."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.buf = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        model = self._follow(self._field(self._u32(0), 6))
        graph = self._follow(self._field(model, 18))
        at = self._follow(self._field(graph, 4))
        self.tables = {}
        for i in range(self._u32(at)):
            t = self._follow(at + 4 + 4 * i)
            self.tables[self._string(t, 4)] = t

    def __getitem__(self, name):
        t = self.tables[name]
        at = self._field(t, 8)
        dims = []
        if at:
            at = self._follow(at)
            dims = [struct.unpack_from("<q", self.buf, at + 4 + 8 * i)[0] for i in range(self._u32(at))]
        kind = DTYPES[self._u32(self._field(t, 10))]
        at = self._follow(self._field(t, 12))
        count = self._u32(at) // np.dtype(kind).itemsize
        return np.frombuffer(self.buf, kind, count, at + 4).reshape(dims)

    def _u32(self, at):
        return struct.unpack_from("<I", self.buf, at)[0]

    def _follow(self, at):
        return at + self._u32(at)

    def _field(self, table, slot):
        vtable = table - struct.unpack_from("<i", self.buf, table)[0]
        if slot >= struct.unpack_from("<H", self.buf, vtable)[0]:
            return 0
        offset = struct.unpack_from("<H", self.buf, vtable + slot)[0]
        return table + offset if offset else 0

    def _string(self, table, slot):
        at = self._follow(self._field(table, slot))
        return self.buf[at + 4 : at + 4 + self._u32(at)].decode()


def _records(data):
    """Yields (field number, value) of one protobuf message: int for varints, bytes for the rest."""
    at = 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            size = varint()
        yield key >> 3, data[at : at + size]
        at += size


def onnx_initializers(path):
    """Float initializers (raw_data) of an ONNX model as numpy arrays, by name."""
    with open(path, "rb") as f:
        model = memoryview(f.read())
    graph = next(v for k, v in _records(model) if k == 7)
    arrays = {}
    for k, tensor in _records(graph):
        if k != 5:
            continue
        dims, kind, name, raw = [], 0, "", b""
        for field, value in _records(tensor):
            if field == 1:
                if isinstance(value, int):
                    dims.append(value)
                else:
                    raise ValueError("packed dims are not expected here")
            elif field == 2:
                kind = value
            elif field == 8:
                name = bytes(value).decode()
            elif field == 9:
                raw = value
        if kind == 1 and len(raw):
            arrays[name] = np.frombuffer(raw, "<f4").reshape(dims)
    return arrays


def erf(x):
    """Gauss' error function, elementwise in double."""
    try:
        from scipy.special import erf as fast

        return fast(x)
    except ImportError:
        import math

        return np.vectorize(math.erf, otypes=[np.float64])(x)


def gelu(x):
    return 0.5 * x * (1.0 + erf(x / np.sqrt(2.0)))


def layer_norm(x, gamma, beta, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * gamma + beta


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def sample(x, count):
    """A few values spread over x: flat indices k * 7919 modulo the size, and the mean of all absolute values."""
    flat = x.reshape(-1)
    index = [k * 7919 % flat.size for k in range(count)]
    return {
        "shape": list(x.shape),
        "meanAbs": float(np.abs(flat).mean()),
        "index": index,
        "value": [float("%.7g" % flat[i]) for i in index],
    }
