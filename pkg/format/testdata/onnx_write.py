"""Writes ONNX models with the onnx package, and what that package reads in them.

onnx_write.py DIR [MODEL...] writes models into DIR, and truth.json: the names,
types, shapes and values of all tensors of these models and of those named.
Values are a SHA-256 of their little-endian bytes, with one byte for each element
of a type of fewer than eight bits.
"""

import hashlib
import json
import os
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "FLOAT": "F32", "UINT8": "U8", "INT8": "I8", "UINT16": "U16", "INT16": "I16", "INT32": "I32", "INT64": "I64",
    "BOOL": "BOOL", "FLOAT16": "F16", "DOUBLE": "F64", "UINT32": "U32", "UINT64": "U64", "COMPLEX64": "C64",
    "COMPLEX128": "C128", "BFLOAT16": "BF16", "FLOAT8E4M3FN": "F8_E4M3", "FLOAT8E4M3FNUZ": "F8_E4M3FNUZ",
    "FLOAT8E5M2": "F8_E5M2", "FLOAT8E5M2FNUZ": "F8_E5M2FNUZ", "UINT4": "U4", "INT4": "I4", "FLOAT4E2M1": "F4",
    "FLOAT8E8M0": "F8_E8M0", "UINT2": "U2", "INT2": "I2", "FLOAT6E2M3": "F6_E2M3", "FLOAT6E3M2": "F6_E3M2",
}
BITS = {"U4": 4, "I4": 4, "F4": 4, "U2": 2, "I2": 2, "F6_E2M3": 6, "F6_E3M2": 6}
SHAPES = [(), (0,), (1,), (3,), (2, 5), (4, 1, 3)]


def random_array(rng, kind, shape):
    """Returns an array of a type with random bits."""
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(getattr(TensorProto, kind)))
    name = TYPES[kind]
    n = int(np.prod(shape))
    if name == "BOOL":
        return rng.integers(0, 2, shape).astype(bool)
    if name in ("U4", "I4", "U2", "I2"):
        bits = BITS[name]
        low = 0 if name[0] == "U" else -(1 << bits - 1)
        return rng.integers(low, low + (1 << bits), shape).astype(dtype)
    raw = rng.integers(0, 256, n * dtype.itemsize, dtype=np.uint8)
    if name in BITS:
        raw &= (1 << BITS[name]) - 1
    return raw.view(dtype).reshape(shape)


def elements(tensor, base):
    """Returns the bytes of a tensor's values."""
    array = numpy_helper.to_array(tensor, base)
    name = TYPES[TensorProto.DataType.Name(tensor.data_type)]
    data = np.ascontiguousarray(array).tobytes()
    if name in BITS:
        mask = (1 << BITS[name]) - 1
        data = bytes(b & mask for b in data)
    return data


def join(*parts):
    return "/".join(p for p in parts if p)


def graph_tensors(path, graph):
    for t in graph.initializer:
        yield join(path, t.name), t
    for s in graph.sparse_initializer:
        yield join(path, s.values.name), s.values
        yield join(path, s.values.name, "indices"), s.indices
    yield from node_tensors(path, graph.node)


def node_tensors(path, nodes):
    for i, node in enumerate(nodes):
        op = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}::{node.op_type}"
        output = node.output[0] if node.output else ""
        constant = op == "Constant" and output
        label = output if constant else node.name or output or f"{op}_{i}"
        for a in node.attribute:
            where = join(path, label) if constant else join(path, label, a.name)
            if a.HasField("t"):
                yield where, a.t
            for k, t in enumerate(a.tensors):
                yield join(where, str(k)), t
            if a.HasField("sparse_tensor"):
                yield where, a.sparse_tensor.values
                yield join(where, "indices"), a.sparse_tensor.indices
            if a.HasField("g"):
                yield from graph_tensors(where, a.g)
            for k, g in enumerate(a.graphs):
                yield from graph_tensors(join(where, str(k)), g)
            if a.name == "value_float":
                yield where, numpy_helper.from_array(np.array(a.f, np.float32))
            elif a.name == "value_int":
                yield where, numpy_helper.from_array(np.array(a.i, np.int64))
            elif a.name == "value_ints":
                yield where, numpy_helper.from_array(np.array(list(a.ints), np.int64))
            elif a.name == "value_floats" or len(a.floats) >= 16:
                yield where, numpy_helper.from_array(np.array(list(a.floats), np.float32))


def model_tensors(model):
    yield from graph_tensors("", model.graph)
    for f in model.functions:
        domain = "" if f.domain in ("", "ai.onnx") else f.domain + "::"
        yield from node_tensors(domain + f.name, f.node)
    for i, t in enumerate(model.training_info):
        yield from graph_tensors(f"training_{i}/initialization", t.initialization)
        yield from graph_tensors(f"training_{i}/algorithm", t.algorithm)


def truth(path):
    model = onnx.load(path, load_external_data=False)
    base = os.path.dirname(os.path.abspath(path))
    tensors, strings = [], 0
    for name, t in model_tensors(model):
        if t.data_type == TensorProto.STRING:
            strings += 1
            continue
        tensors.append({
            "name": name, "dtype": TYPES[TensorProto.DataType.Name(t.data_type)], "shape": list(t.dims),
            "sha256": hashlib.sha256(elements(t, base)).hexdigest(),
        })
    metadata = {p.key: p.value for p in model.metadata_props}
    metadata["ir_version"] = str(model.ir_version)
    for o in model.opset_import:
        metadata["opset:" + (o.domain or "ai.onnx")] = str(o.version)
    return {"tensors": tensors, "strings": strings, "metadata": metadata}


def model_of(initialisers, nodes=(), **more):
    graph = helper.make_graph(list(nodes), "main", [], [], initializer=list(initialisers),
                              sparse_initializer=more.pop("sparse", None))
    model = helper.make_model(graph, producer_name="reference", **more)
    return model


def write(folder):
    rng = np.random.default_rng(20261124)
    names = []

    def save(name, model, **options):
        onnx.save_model(model, os.path.join(folder, name), **options)
        names.append(name)

    raw, typed = [], []
    for kind in TYPES:
        for i, shape in enumerate(SHAPES):
            array = random_array(rng, kind, shape)
            name = f"{kind}_{i}"
            tensor = numpy_helper.from_array(array, name)
            assert tensor.data_type == getattr(TensorProto, kind), (kind, tensor.data_type)
            raw.append(tensor)
            typed.append(typed_tensor(kind, name, shape, array))
    save("raw.onnx", model_of(raw))
    save("typed.onnx", model_of(typed))
    save("external_one.onnx", model_of(raw), save_as_external_data=True, size_threshold=0, location="one.bin")
    save("external_many.onnx", model_of(renamed(raw)), save_as_external_data=True, size_threshold=0, all_tensors_to_one_file=False)

    weight = numpy_helper.from_array(rng.standard_normal((3, 4), np.float32), "w")

    def body(name, inner=()):
        return helper.make_graph(list(inner), name, [], [], initializer=[weight])

    def branch(name, depth):
        inner = []
        if depth:
            inner = [helper.make_node("If", ["c"], ["y"], name=f"If_{depth}", then_branch=branch("t", depth - 1), else_branch=branch("e", depth - 1))]
        return body(name, inner)

    value = numpy_helper.from_array(rng.standard_normal(5, np.float32))
    sparse = helper.make_sparse_tensor(numpy_helper.from_array(np.array([1.5, -2], np.float32), "s"),
                                       numpy_helper.from_array(np.array([2, 7], np.int64)), [3, 4])
    nodes = [
        helper.make_node("If", ["c"], ["y"], name="choice", then_branch=branch("then", 3), else_branch=branch("else", 1)),
        helper.make_node("Loop", ["n", "c"], ["z"], body=body("loop")),
        helper.make_node("Scan", ["n"], ["q"], body=body("scan"), num_scan_inputs=1),
        helper.make_node("Constant", [], ["c0"], value=value),
        helper.make_node("Constant", [], ["c1"], value_float=1.25),
        helper.make_node("Constant", [], ["c2"], value_floats=[1.0, -2.5, 3.0]),
        helper.make_node("Constant", [], ["c3"], value_int=-7),
        helper.make_node("Constant", [], ["c4"], value_ints=[1, -2, 1 << 40]),
        helper.make_node("Constant", [], ["c5"], sparse_value=sparse),
        helper.make_node("Constant", [], ["c6"], value_string="text"),
        helper.make_node("ConstantOfShape", ["n"], ["o"], value=numpy_helper.from_array(np.array([2], np.int8))),
        helper.make_node("LinearRegressor", ["x"], ["p"], domain="ai.onnx.ml", coefficients=[float(i) for i in range(40)]),
        helper.make_node("Gelu", ["x"], ["g"], domain="lib"),
        helper.make_node("Evil", ["x"], ["h"], domain="com.acme"),
    ]
    function = helper.make_function("lib", "Gelu", ["x"], ["y"], [
        helper.make_node("Constant", [], ["half"], value=numpy_helper.from_array(np.float16([0.5]))),
        helper.make_node("Mul", ["x", "half"], ["y"]),
    ], [helper.make_opsetid("", 17)])
    text = helper.make_tensor("text", TensorProto.STRING, [2], [b"a", b"b"])
    graphs = model_of([weight, text], nodes, sparse=[sparse], functions=[function],
                      opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("lib", 1)])
    graphs.training_info.append(helper.make_training_info(body("alg"), [], body("init"), []))
    helper.set_model_props(graphs, {"model_license": "MIT", "model_author": "n\u00f6"})
    save("graphs.onnx", graphs)
    save("graphs_external.onnx", graphs, save_as_external_data=True, size_threshold=0, location="graphs.bin", convert_attribute=True)
    return names


def renamed(tensors):
    out = []
    for t in tensors:
        c = TensorProto()
        c.CopyFrom(t)
        c.name = "many_" + t.name
        out.append(c)
    return out


def typed_tensor(kind, name, shape, array):
    """Returns a tensor whose values are in a field of numbers.

    helper.make_tensor packs those types that share bytes; for the small floats
    it is given no values but bits, which it writes as they are.
    """
    number = getattr(TensorProto, kind)
    field = helper.tensor_dtype_to_field(number)
    tensor = TensorProto(name=name, data_type=number, dims=shape)
    flat = array.flatten()
    if kind in ("COMPLEX64", "COMPLEX128"):
        values = flat.view(np.float32 if kind == "COMPLEX64" else np.float64).tolist()
    elif field == "int32_data" and TYPES[kind] in BITS and BITS[TYPES[kind]] != 6:
        values = list(numpy_helper.from_array(array).raw_data)
    elif field == "int32_data" and kind not in ("INT32", "INT16", "INT8", "BOOL"):
        values = flat.view({1: np.uint8, 2: np.uint16}[flat.dtype.itemsize]).tolist()
    else:
        values = (flat.astype(np.int32) if kind == "BOOL" else flat).tolist()
    getattr(tensor, field).extend(values)
    again = numpy_helper.to_array(tensor)
    assert again.tobytes() == array.tobytes(), kind
    if kind in ("FLOAT", "INT8", "INT16", "INT32", "INT64", "BOOL", "DOUBLE", "UINT8", "UINT16", "UINT32", "UINT64",
                "FLOAT16", "BFLOAT16", "UINT4", "INT4", "COMPLEX64", "COMPLEX128"):
        if not np.isnan(np.asarray(array, dtype=np.complex128 if "COMPLEX" in kind else np.float64)).any():
            made = helper.make_tensor(name, number, shape, flat)
            assert made.SerializeToString() == tensor.SerializeToString(), kind
    return tensor


def main():
    folder = sys.argv[1]
    files = {name: truth(os.path.join(folder, name)) for name in write(folder)}
    for path in sys.argv[2:]:
        files[path] = truth(path)
    with open(os.path.join(folder, "truth.json"), "w") as f:
        json.dump({"onnx": onnx.__version__, "files": files}, f)


if __name__ == "__main__":
    main()
