"""Decodes random bytes of every type with independent implementations.

Usage: reference.py SEED BLOCKS > vectors.jsonl

Each line is {"dtype", "source", "elements", "data", "values"}: the stored bytes
and the float32 values (little-endian) that they stand for, in base64. Needs
the Python packages gguf 0.19, ml_dtypes and numpy. vectors.jsonl beside this
file was written by "reference.py 1 2".
"""

import base64
import json
import sys

import gguf
import gguf.quants
import ml_dtypes
import numpy as np

np.seterr(all="ignore")


def emit(dtype, source, data, values):
    values = np.asarray(values).astype(np.float32)
    print(json.dumps({
        "dtype": dtype,
        "source": source,
        "elements": int(values.size),
        "data": base64.b64encode(np.ascontiguousarray(data).tobytes()).decode(),
        "values": base64.b64encode(values.astype("<f4").tobytes()).decode(),
    }))


# Where the blocks hold 16-bit floats: most are made finite and of a usual size.
HALVES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
    "TQ1_0": [52], "TQ2_0": [64], "IQ1_S": [0], "IQ2_XXS": [0], "IQ2_XS": [0],
    "IQ2_S": [0], "IQ3_XXS": [0], "IQ3_S": [0], "IQ4_NL": [0], "IQ4_XS": [0],
    "IQ1_M": [], "MXFP4": [], "NVFP4": [],
    "Q8_1": [0], "Q1_0": [0], "Q2_0": [0],
}


def blocks(rng, size, count, halves):
    raw = rng.integers(0, 256, (count, size), dtype=np.uint8)
    for i in range(count):
        if i % 8 == 7:
            continue  # any scale, also NaN and infinite
        for at in halves:
            raw[i, at:at + 2] = np.frombuffer(np.float16(rng.normal(0, 0.02)).tobytes(), np.uint8)
    return raw


def ggml(rng, count):
    for name, halves in HALVES.items():
        qtype = gguf.GGMLQuantizationType.__members__.get(name)
        if qtype is None or name in ("Q8_1", "Q1_0", "Q2_0"):
            continue
        size = gguf.GGML_QUANT_SIZES[qtype][1]
        raw = blocks(rng, size, count, halves)
        emit(name, "gguf " + name, raw, gguf.dequantize(raw, qtype))


def plain_blocks(rng, count):
    """Types that the gguf package does not decode, from the structs of ggml-common.h."""
    raw = blocks(rng, 36, count, [0])
    d = raw[:, 0:2].copy().view("<f2").astype(np.float32)
    emit("Q8_1", "numpy, block_q8_1", raw, d * raw[:, 4:36].copy().view(np.int8).astype(np.float32))

    raw = rng.integers(0, 256, (count, 292), dtype=np.uint8)
    raw[:, 0:4] = rng.normal(0, 0.02, (count, 1)).astype("<f4").view(np.uint8)
    d = raw[:, 0:4].copy().view("<f4")
    emit("Q8_K", "numpy, block_q8_K", raw, d * raw[:, 4:260].copy().view(np.int8).astype(np.float32))

    raw = blocks(rng, 18, count, [0])
    d = raw[:, 0:2].copy().view("<f2").astype(np.float32)
    bits = np.unpackbits(raw[:, 2:], axis=1, bitorder="little")
    emit("Q1_0", "numpy, block_q1_0", raw, np.where(bits == 1, d, -d))

    raw = blocks(rng, 18, count, [0])
    d = raw[:, 0:2].copy().view("<f2").astype(np.float32)
    bits = np.unpackbits(raw[:, 2:], axis=1, bitorder="little").reshape(count, 64, 2)
    q = bits[..., 0].astype(np.int8) + 2 * bits[..., 1].astype(np.int8) - 1
    emit("Q2_0", "numpy, block_q2_0", raw, d * q.astype(np.float32))


def elements(rng, count):
    for name, dtype in {
        "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2,
        "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz, "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
        "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    }.items():
        raw = np.arange(256, dtype=np.uint8)
        emit(name, "ml_dtypes " + dtype.__name__, raw, raw.view(dtype))

    # One element a byte in ml_dtypes; packed here, from the lowest bits on.
    for name, width, dtype in (
        ("F6_E2M3", 6, ml_dtypes.float6_e2m3fn), ("F6_E3M2", 6, ml_dtypes.float6_e3m2fn),
        ("F4", 4, ml_dtypes.float4_e2m1fn), ("I4", 4, ml_dtypes.int4), ("U4", 4, ml_dtypes.uint4),
        ("I2", 2, ml_dtypes.int2), ("U2", 2, ml_dtypes.uint2),
    ):
        codes = rng.permutation(np.arange(64, dtype=np.uint8) % (1 << width))
        bits = np.unpackbits(codes.reshape(-1, 1), axis=1, bitorder="little")[:, :width]
        packed = np.packbits(bits.reshape(-1), bitorder="little")
        emit(name, "ml_dtypes " + dtype.__name__, packed, codes.view(dtype))

    n = 64 * count
    for name, width, dtype in (
        ("F16", 2, "<f2"), ("BF16", 2, ml_dtypes.bfloat16), ("F32", 4, "<f4"), ("F64", 8, "<f8"),
        ("I8", 1, "i1"), ("U8", 1, "u1"), ("I16", 2, "<i2"), ("U16", 2, "<u2"),
        ("I32", 4, "<i4"), ("U32", 4, "<u4"), ("I64", 8, "<i8"), ("U64", 8, "<u8"),
    ):
        raw = rng.integers(0, 256, n * width, dtype=np.uint8)
        if name == "F64":  # most in the range of float32, down to its subnormals
            raw[: n * 7] = (rng.normal(0, 1, n * 7 // 8) * 10.0 ** rng.integers(-46, 39, n * 7 // 8)).view(np.uint8)
        source = "ml_dtypes bfloat16" if name == "BF16" else "numpy " + dtype
        emit(name, source, raw, raw.view(dtype))
    raw = rng.integers(0, 3, n, dtype=np.uint8) * np.uint8(127)
    emit("BOOL", "numpy bool", raw, raw != 0)


if __name__ == "__main__":
    rng = np.random.default_rng(int(sys.argv[1]))
    count = int(sys.argv[2])
    ggml(rng, count)
    plain_blocks(rng, count)
    elements(rng, count)
