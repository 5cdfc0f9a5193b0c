"""GGUF files by the gguf package, and its K and IQ types by ggml's own
quantisers, out of a built library."""

import ctypes
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T

PLAIN = [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1]
# Of these only ggml has the quantisers.
BLOCKS = [T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_NL, T.IQ4_XS, T.IQ3_S, T.IQ3_XXS,
          T.IQ2_S, T.IQ2_XS, T.IQ2_XXS, T.IQ1_M, T.IQ1_S, T.TQ1_0, T.TQ2_0, T.MXFP4]
# What llama.cpp takes for rows that are no multiple of 256.
FALLBACK = {T.Q4_K: T.Q5_0, T.Q5_K: T.Q5_1, T.Q6_K: T.Q8_0}


class Ggml:
    """ggml_quantize_chunk, by ctypes."""

    def __init__(self, library):
        self.lib = ctypes.CDLL(str(library))
        self.lib.ggml_quantize_chunk.restype = ctypes.c_size_t
        self.lib.ggml_row_size.restype = ctypes.c_size_t
        self.lib.ggml_row_size.argtypes = [ctypes.c_int, ctypes.c_int64]
        pointer = ctypes.c_void_p
        self.lib.ggml_quantize_chunk.argtypes = [ctypes.c_int, pointer, pointer, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, pointer]

    def quantise(self, w, kind, importance):
        w = np.ascontiguousarray(w, np.float32)
        out = np.empty((w.shape[0], self.lib.ggml_row_size(kind, w.shape[1])), np.uint8)
        weights = None
        if importance is not None:
            importance = np.ascontiguousarray(importance, np.float32)
            weights = importance.ctypes.data
        n = self.lib.ggml_quantize_chunk(kind, w.ctypes.data, out.ctypes.data, 0, w.shape[0], w.shape[1], weights)
        assert n == out.nbytes, (kind, n, out.nbytes)
        return out


def library(python):
    """The library that python.sh put beside the interpreter, or None."""
    path = Path(python) / "ggml" / "libggml-base.so"
    return Ggml(path) if path.exists() else None


def quantised(w, kind, ggml, importance):
    """Bytes and type of a matrix in a type, or in what takes its place."""
    if kind in BLOCKS:
        if kind not in (T.IQ4_NL, T.MXFP4) and w.shape[1] % 256:
            kind = FALLBACK.get(kind, T.IQ4_NL)
        if kind in BLOCKS:
            return ggml.quantise(w, kind, importance), kind
    return gguf.quants.quantize(w, kind), kind


def write(path, arch, meta, tensors, names, kind, ggml=None, importance=None, keep=(), change=None):
    """Write tensors under the names of arch. Vectors, and matrices whose GGUF
    name begins with one of keep, stay F32. change(name, array) is what a
    converter does to a tensor before it is quantised."""
    w = gguf.GGUFWriter(path, arch)
    for method, value in meta.items():
        getattr(w, "add_" + method)(value)
    w.add_quantization_version(gguf.GGML_QUANT_VERSION)
    used, source = {}, {}
    for name, t in tensors.items():
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if target is None:  # the pooler, which the converter leaves out too
            continue
        a = t.float().numpy()
        if change:
            a = change(target, a)
        if a.ndim < 2 or target.startswith(tuple(keep)):
            w.add_tensor(target, np.ascontiguousarray(a, np.float32))
            continue
        data, stored = quantised(a, kind, ggml, (importance or {}).get(name.removesuffix(".weight"), np.ones(a.shape[1], np.float32)))
        used[stored.name], source[target] = used.get(stored.name, 0) + 1, a
        w.add_tensor(target, data, raw_dtype=stored)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return {"types": used, "delta": rounding(path, source)}


def rounding(path, source):
    """delta of the file's layer matrices, as the gguf package decodes them."""
    moved = total = 0.0
    for t in gguf.GGUFReader(path).tensors:
        if t.name.startswith("blk.") and (a := source.get(t.name)) is not None:
            back = gguf.quants.dequantize(t.data, t.tensor_type).reshape(a.shape)
            moved, total = moved + np.square(back - a, dtype=np.float64).sum(), total + np.square(a, dtype=np.float64).sum()
    return round(float((moved / total) ** 0.5), 5)


def rotary_rows(a, heads):
    """The order of rows of q and k in a llama file: the two halves of each head
    interleaved."""
    return a.reshape(heads, 2, a.shape[0] // heads // 2, *a.shape[1:]).swapaxes(1, 2).reshape(a.shape)
