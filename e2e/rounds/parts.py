"""Takes the parts of the two rounds out of the files that their publishers have.

    parts.py ONNX GGUF DIR      with onnx, gguf and numpy

What comes out is DIR/vision.npz, the vision transformer (DINOv2 ViT-S/14) of an
ONNX file under the names of PyTorch; DIR/language.npz, SmolLM2 135M out of its
GGUF file, rounded to the levels that it has there, under the names and in the
layout of the hub; and DIR/tokenizer.json, its tokenizer.
"""
import json
import os
import sys

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "vlm"))
from make import encoder  # noqa: E402

NAMES = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
         "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
HEADS = {"attn_q": 9, "attn_k": 3}


def language(reader):
    """The tensors of the decoder. GGUF pairs the halves of a head's rows for its
    rotation (llama.cpp, convert_hf_to_gguf.py, "permute"); the hub does not."""
    out = {}
    for t in reader.tensors:
        a = dequantize(t.data, t.tensor_type).astype(np.float32)
        kind = t.name.split(".")
        if kind[0] != "blk":
            out[{"token_embd": "model.embed_tokens.weight", "output_norm": "model.norm.weight"}[kind[0]]] = a
            continue
        if kind[2] in HEADS:
            n = HEADS[kind[2]]
            a = a.reshape(n, len(a) // n // 2, 2, -1).swapaxes(1, 2).reshape(a.shape)
        out[f"model.layers.{kind[1]}.{NAMES[kind[2]]}.weight"] = a
    return out


def tokenizer(reader):
    """The tokenizer as the library tokenizers writes it."""
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    added = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
             for i, (t, kind) in enumerate(zip(tokens, kinds)) if kind in (3, 4)]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, level]},
            "post_processor": None, "decoder": level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "vocab": {t: i for i, t in enumerate(tokens)},
                      "merges": reader.fields["tokenizer.ggml.merges"].contents()}}


def main(onnx, gguf, out):
    os.makedirs(out)
    np.savez(os.path.join(out, "vision.npz"), **encoder(onnx))
    reader = GGUFReader(gguf)
    np.savez(os.path.join(out, "language.npz"), **language(reader))
    with open(os.path.join(out, "tokenizer.json"), "w") as f:
        json.dump(tokenizer(reader), f, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
