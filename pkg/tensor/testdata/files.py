"""Writes files with the safetensors and gguf packages, and what is in them.

    files.py DIR

DIR/truth.json lists for every file its tensors: name, shape and the values as
float32 bits, as the packages and ml_dtypes read them back.
"""
import json
import os
import sys

import gguf
import ml_dtypes
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

out = sys.argv[1]
rng = np.random.default_rng(20261124)
truth = {}


def bits(a):
    return [int(x) for x in np.ascontiguousarray(a, dtype=np.float32).reshape(-1).view(np.uint32)]


def safetensors_file():
    arrays = {}
    for dtype in (np.float64, np.float32, np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2):
        arrays["float." + np.dtype(dtype).name] = (rng.standard_normal((5, 7)) * 2).astype(dtype)
    for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64):
        arrays["int." + np.dtype(dtype).name] = rng.integers(0, 100, (3, 4, 2)).astype(dtype)
    arrays["bool"] = rng.integers(0, 2, 9).astype(np.bool_)
    arrays["scalar"] = np.float32(1.5).reshape(())
    arrays["empty"] = np.zeros((0, 4), np.float32)
    kept = {}
    for name, a in arrays.items():
        try:
            save_file({name: a}, os.path.join(out, "probe"))
            kept[name] = a
        except Exception:  # a type that this version of the package cannot write
            pass
    save_file(kept, os.path.join(out, "all.safetensors"), metadata={"format": "np"})
    truth["all.safetensors"] = [{"name": n, "shape": list(a.shape), "values": bits(a.astype(np.float32))} for n, a in kept.items()]
    os.remove(os.path.join(out, "probe"))


def gguf_file(name, endian):
    w = gguf.GGUFWriter(os.path.join(out, name), "llama", endianess=endian)
    w.add_string("general.name", "reference")
    listed = []
    little = endian == gguf.GGUFEndian.LITTLE
    for t in gguf.GGMLQuantizationType:
        values = (rng.standard_normal((4, 512)) * 0.1).astype(np.float32)
        try:
            q = gguf.quantize(values, t)
        except (NotImplementedError, KeyError, ValueError):  # types that the package can only read
            q = rng.integers(0, 256, gguf.quant_shape_to_byte_shape((4, 512), t), dtype=np.uint8)
        try:
            back = gguf.dequantize(q, t)
        except (NotImplementedError, KeyError, ValueError):
            continue
        if not little and t not in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16):
            continue  # the package writes blocks as they are, so they are not those of the other order
        w.add_tensor("t." + t.name, q, raw_dtype=None if q.dtype in (np.float32, np.float16) else t)
        listed.append({"name": "t." + t.name, "shape": [4, 512], "values": bits(back)})
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    truth[name] = listed


safetensors_file()
gguf_file("little.gguf", gguf.GGUFEndian.LITTLE)
gguf_file("big.gguf", gguf.GGUFEndian.BIG)
with safe_open(os.path.join(out, "all.safetensors"), "np") as f:
    assert sorted(f.keys()) == sorted(t["name"] for t in truth["all.safetensors"])
with open(os.path.join(out, "truth.json"), "w") as f:
    json.dump(truth, f)
