"""Packs known values by the conventions of quantised checkpoints.

Usage: schemes.py SEED > schemes.jsonl

Each line is {"scheme", "source", "facts", "tensors", "state", "values"}: the
tensors of one weight and its float32 values, in base64. Values are packed here
in the direction in which the tools named write them (AutoGPTQ, AutoAWQ,
bitsandbytes, gpt-oss), so that unpacking is checked against packing; MLX packs
and unpacks itself. Needs the Python packages ml_dtypes, mlx and numpy.
schemes.jsonl beside this file was written by "schemes.py 1".
"""

import base64
import json
import sys

import ml_dtypes
import mlx.core as mx
import numpy as np


def b64(a):
    return base64.b64encode(np.ascontiguousarray(a).tobytes()).decode()


def emit(scheme, source, facts, tensors, values, state=None):
    print(json.dumps({
        "scheme": scheme, "source": source, "facts": facts,
        "tensors": [{"name": n, "dtype": d, "shape": list(a.shape), "data": b64(a)} for n, d, a in tensors],
        "state": state or {},
        "values": b64(np.asarray(values).astype("<f4")),
    }))


def pack_gptq(q, bits):
    """AutoGPTQ QuantLinear.pack: along the first axis."""
    q = q.astype(np.uint32)
    if bits == 3:
        out = np.zeros((q.shape[0] // 32 * 3, q.shape[1]), np.uint32)
        i = row = 0
        while row < out.shape[0]:
            for j in range(i, i + 10):
                out[row] |= q[j] << np.uint32(3 * (j - i))
            i += 10
            out[row] |= q[i] << np.uint32(30)
            row += 1
            out[row] |= (q[i] >> np.uint32(2)) & np.uint32(1)
            i += 1
            for j in range(i, i + 10):
                out[row] |= q[j] << np.uint32(3 * (j - i) + 1)
            i += 10
            out[row] |= q[i] << np.uint32(31)
            row += 1
            out[row] |= (q[i] >> np.uint32(1)) & np.uint32(3)
            i += 1
            for j in range(i, i + 10):
                out[row] |= q[j] << np.uint32(3 * (j - i) + 2)
            i += 10
            row += 1
        return out
    per = 32 // bits
    out = np.zeros((q.shape[0] // per, q.shape[1]), np.uint32)
    for j in range(q.shape[0]):
        out[j // per] |= q[j] << np.uint32(bits * (j % per))
    return out


def gptq(rng, bits, v2=False, act_order=False):
    inputs, outputs, group = 96, 32, 32
    q = rng.integers(0, 1 << bits, (inputs, outputs))
    zeros = rng.integers(0, 1 << bits, (inputs // group, outputs))
    scales = rng.normal(0, 0.01, zeros.shape).astype(np.float16)
    g = rng.permutation(inputs) // group if act_order else np.arange(inputs) // group
    stored = zeros if v2 else (zeros - 1) & ((1 << bits) - 1)
    values = scales[g].astype(np.float32) * (q - zeros[g]).astype(np.float32)
    emit("gptq", "AutoGPTQ packing", {"Method": "gptq", "Bits": bits, "GroupSize": group, "Format": "gptq_v2" if v2 else "gptq"}, [
        ("m.qweight", "I32", pack_gptq(q, bits)), ("m.qzeros", "I32", pack_gptq(stored.T, bits).T),
        ("m.scales", "F16", scales), ("m.g_idx", "I32", g.astype(np.int32)),
    ], values.T)


def awq(rng):
    inputs, outputs, group = 64, 48, 32
    order = [0, 2, 4, 6, 1, 3, 5, 7]

    def pack(q):  # WQLinear_GEMM.from_linear
        out = np.zeros((q.shape[0], q.shape[1] // 8), np.uint32)
        for col in range(out.shape[1]):
            for i in range(8):
                out[:, col] |= q[:, col * 8 + order[i]].astype(np.uint32) << np.uint32(4 * i)
        return out

    q = rng.integers(0, 16, (inputs, outputs))
    zeros = rng.integers(0, 16, (inputs // group, outputs))
    scales = rng.normal(0, 0.01, zeros.shape).astype(np.float16)
    g = np.arange(inputs) // group
    values = scales[g].astype(np.float32) * (q - zeros[g]).astype(np.float32)
    emit("awq", "AutoAWQ packing", {"Method": "awq", "Bits": 4, "GroupSize": group, "Format": "gemm"}, [
        ("m.qweight", "I32", pack(q)), ("m.qzeros", "I32", pack(zeros)), ("m.scales", "F16", scales),
    ], values.T)


def bnb4(rng, nested):
    shape, block, nested_block = (37, 29), 64, 4
    table = np.sort(rng.uniform(-1, 1, 16)).astype(np.float32)
    n = shape[0] * shape[1]
    codes = rng.integers(0, 16, n + n % 2).astype(np.uint8)
    packed = (codes[0::2] << np.uint8(4) | codes[1::2]).reshape(-1, 1)
    count = -(-n // block)
    state = {"quant_type": "nf4", "blocksize": block, "dtype": "bfloat16", "shape": shape}
    tensors = [("m.weight", "U8", packed), ("m.weight.quant_map", "F32", table)]
    if nested:
        code = rng.uniform(-1, 1, 256).astype(np.float32)
        qabs = rng.integers(0, 256, count).astype(np.uint8)
        outer = rng.uniform(0, 0.1, -(-count // nested_block)).astype(np.float32)
        offset = np.float32(0.0625)
        absmax = code[qabs] * outer[np.arange(count) // nested_block] + offset
        state.update(nested_blocksize=nested_block, nested_dtype="float32", nested_offset=float(offset))
        tensors += [("m.weight.absmax", "U8", qabs), ("m.weight.nested_absmax", "F32", outer), ("m.weight.nested_quant_map", "F32", code)]
    else:
        absmax = rng.uniform(0, 0.1, count).astype(np.float32)
        tensors.append(("m.weight.absmax", "F32", absmax))
    raw = np.frombuffer(json.dumps(state).encode(), np.uint8)
    name = "m.weight.quant_state.bitsandbytes__nf4"
    tensors.append((name, "U8", raw))
    values = table[codes[:n]] * absmax[np.arange(n) // block].astype(np.float32)
    emit("bitsandbytes-4bit", "numpy, bitsandbytes packing", {"Method": "bitsandbytes"}, tensors, values, {name: b64(raw)})


def fp8(rng):
    raw = rng.integers(0, 256, (20, 40), dtype=np.uint8)
    raw[(raw & 0x7F) == 0x7F] = 0
    scale = rng.uniform(0, 0.01, (3, 3)).astype(np.float32)
    values = raw.view(ml_dtypes.float8_e4m3fn).astype(np.float32) * np.repeat(np.repeat(scale, 8, 0), 16, 1)[:20, :40]
    emit("fp8-block", "ml_dtypes float8_e4m3fn", {"Method": "fp8", "BlockSize": [8, 16]},
         [("m.weight", "F8_E4M3", raw), ("m.weight_scale_inv", "F32", scale)], values)


def mxfp4(rng):
    codes = rng.integers(0, 16, (2, 6, 3, 32), dtype=np.uint8)
    scales = rng.integers(100, 140, (2, 6, 3), dtype=np.uint8)
    blocks = codes[..., 0::2] | codes[..., 1::2] << np.uint8(4)
    values = np.ldexp(codes.view(ml_dtypes.float4_e2m1fn).astype(np.float32), scales[..., None].astype(np.int32) - 127)
    emit("mxfp4", "ml_dtypes float4_e2m1fn", {"Method": "mxfp4"}, [("m_blocks", "U8", blocks), ("m_scales", "U8", scales)], values)


def mlx(rng, bits, group):
    w = mx.array(rng.normal(0, 1, (1, 2, 128)).astype(np.float32))
    q, scales, biases = mx.quantize(w, group, bits)
    values = mx.dequantize(q, scales, biases, group, bits)
    emit("mlx", "mlx " + mx.__version__, {"Method": "mlx", "Bits": bits, "GroupSize": group},
         [("m.weight", "U32", np.array(q)), ("m.scales", "F32", np.array(scales)), ("m.biases", "F32", np.array(biases))], np.array(values))


if __name__ == "__main__":
    rng = np.random.default_rng(int(sys.argv[1]))
    for bits in (2, 3, 4, 8):
        gptq(rng, bits)
    gptq(rng, 4, v2=True)
    gptq(rng, 4, act_order=True)
    awq(rng)
    bnb4(rng, False)
    bnb4(rng, True)
    fp8(rng)
    mxfp4(rng)
    for bits, group in ((2, 32), (3, 64), (4, 64), (5, 64), (6, 128), (8, 32)):
        mlx(rng, bits, group)
