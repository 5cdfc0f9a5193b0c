"""Saves the weights of a file as safetensors, with the library that the file is of.

    resave.py torch|onnx|tfjs FILE OUT

The names are those that the library gives: keys of the state dict, initialisers
and outputs of Constant nodes, names of the manifest. The safetensors format
(huggingface/safetensors, README "Format") is written here by hand, so that the
interpreter needs the one library only.
"""
import json
import os
import struct
import sys

DTYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32", "int16": "I16",
          "int8": "I8", "uint8": "U8", "bool": "BOOL"}


def save(arrays, path):
    header, body = {}, []
    at = 0
    for name, a in sorted(arrays.items()):
        data = a.tobytes()  # row-major
        header[name] = {"dtype": DTYPES[a.dtype.name], "shape": list(a.shape), "data_offsets": [at, at + len(data)]}
        body.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(body))


def torch_arrays(path):
    import torch
    return {k: v.numpy() for k, v in torch.load(path, map_location="cpu").items()}


def onnx_arrays(path):
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(path).graph
    arrays = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            arrays[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return arrays


def tfjs_arrays(path):
    import numpy
    arrays = {}
    with open(path) as f:
        model = json.load(f)
    for group in model["weightsManifest"]:
        data = b""
        for name in group["paths"]:
            with open(os.path.join(os.path.dirname(path), name), "rb") as f:
                data += f.read()
        at = 0
        for w in group["weights"]:
            a = numpy.frombuffer(data, dtype=w["dtype"], count=int(numpy.prod(w["shape"], dtype=int)), offset=at)
            arrays[w["name"]] = a.reshape(w["shape"])
            at += a.nbytes
    return arrays


save({"torch": torch_arrays, "onnx": onnx_arrays, "tfjs": tfjs_arrays}[sys.argv[1]](sys.argv[2]), sys.argv[3])
