"""The rows that quantise all-MiniLM-L6-v2, and those that export it."""

import gguf
import torch
from gguf import GGMLQuantizationType as T
from safetensors.torch import load_file

import encoders
import ggufs
import quantise as q
from calibrate import moments
from corpus import batches
from encoders import write
from encoder_rows import PARENT
from store import moved, save_config


def linears(tensors):
    return [k.removesuffix(".weight") for k, v in tensors.items() if v.ndim == 2 and k.startswith("encoder.") and k.endswith(".weight")]


def rounding(parent, back):
    """How far quantised matrices are from the parent's, any scaling undone."""
    return moved(back, {k: parent[k] for k in back})["delta"]


def half(tensors):
    return {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}


def hub(e):
    """Checkpoints in the layouts of the hub."""
    s, p = e.store, e.parent
    h = {}

    def hessian(stem):
        if not h:
            h.update(moments(e.base, batches("python", e.tokenizer, 16, 20)))
        return h[stem]

    def row(name, what, why, make, verdict="requantised"):
        s.make("rows", name, make, what=what, parents=[PARENT], verdict=verdict, also=[], why=why)

    def checkpoint(pack, method, of=None):
        def make(d):
            p = s.load("rows", of) if of else e.parent
            t = half(p)
            for stem in linears(p):
                w = t.pop(stem + ".weight")
                t |= pack(stem, p[stem + ".weight"])
            write(d, e.base.config, t, quantization_config=method)
            return {"delta": rounding(e.parent, {stem + ".weight": q.restored(stem, t) for stem in linears(p)})}
        return make

    group = {"bits": 4, "group_size": 128, "quant_method": "gptq", "sym": True}
    for order in (False, True):
        row("gptq" + "-act-order" * order, "GPTQ, 4 bits in groups of 128" + ", act-order" * order,
            "Rounding errors of one column move those that follow, so a value may leave the cell around the parent's. No farther than such rounding moves it.",
            checkpoint(lambda stem, w: q.gptq_tensors(stem, w, hessian(stem), order), group | {"desc_act": order}))
    row("gptq-of-fine-tune", "GPTQ of fine-tune-0.2", "Values moved by more than compensated rounding to 4 bits moves them.",
        checkpoint(lambda stem, w: q.gptq_tensors(stem, w, hessian(stem), False), group | {"desc_act": False}, of="fine-tune-0.2"), verdict="trained-from")

    def awq(d):
        t, back = half(p), {}
        for stem in linears(p):
            t.pop(stem + ".weight")
            stretch = q.awq_scales(hessian(stem))
            t |= q.awq_tensors(stem, p[stem + ".weight"] * stretch)
            back[stem + ".weight"] = q.restored(stem, t) / stretch
        write(d, e.base.config, t, quantization_config={"bits": 4, "group_size": 128, "quant_method": "awq", "version": "gemm", "zero_point": True})
        return {"delta": rounding(p, back)}

    row("awq", "AWQ, 4 bits in groups of 128, columns stretched (style only: here no layer before could take the scales)",
        "Columns were scaled before rounding; no value changed its sign.", awq)
    row("int8", "8-bit integers with a scale for each row (compressed-tensors)", "Rounded in known steps.",
        checkpoint(q.int8_rows, {"quant_method": "compressed-tensors", "format": "int-quantized"}))
    row("fp8-scaled", "8-bit floats (e4m3) with a scale for each tensor", "Rounded in known steps.",
        checkpoint(q.fp8_tensor, {"quant_method": "compressed-tensors", "format": "float-quantized"}))
    row("fp8-blocks", "8-bit floats (e4m3) with scales for blocks of 128 by 128", "Rounded in known steps.",
        checkpoint(q.fp8_blocks, {"quant_method": "fp8", "weight_block_size": [128, 128]}))

    def bitsandbytes(**how):
        def make(d):
            from transformers import BertModel, BitsAndBytesConfig
            model = BertModel.from_pretrained(e.minilm, quantization_config=BitsAndBytesConfig(**how), device_map="cpu")
            model.save_pretrained(d)
            return {"tensors": len(load_file(d / "model.safetensors"))}
        return make

    row("bnb-nf4", "NF4 by bitsandbytes", "Rounded to sixteen levels.", bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4"))
    row("bnb-nf4-double", "NF4 by bitsandbytes, scales quantised too", "Rounded to sixteen levels.",
        bitsandbytes(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True))
    row("bnb-int8", "LLM.int8() by bitsandbytes", "Rounded in known steps.", bitsandbytes(load_in_8bit=True))


def files(e, ggml):
    """GGUF files, as llama.cpp's converter and quantiser write them."""
    s, p, c = e.store, e.parent, e.base.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, c.num_hidden_layers)
    meta = {"name": "all-MiniLM-L6-v2", "context_length": c.max_position_embeddings, "embedding_length": c.hidden_size,
            "block_count": c.num_hidden_layers, "feed_forward_length": c.intermediate_size, "head_count": c.num_attention_heads,
            "layer_norm_eps": c.layer_norm_eps, "causal_attention": False}
    importance = {}

    def make(kind, tensors=None):
        def write(d):
            if not importance:
                importance.update({k: v.diag().numpy() for k, v in moments(e.base, batches("python", e.tokenizer, 16, 20)).items()})
            return ggufs.write(d / f"model-{kind.name}.gguf", "bert", meta, tensors or p, names, kind, ggml, importance, keep=("position_embd", "token_types"))
        return write

    lossless = "The converter leaves the pooler out; all that is in the file is the parent's."
    for kind in ggufs.PLAIN:
        s.make("rows", f"gguf-{kind.name}", make(kind), what=f"GGUF {kind.name}", parents=[PARENT],
               verdict="identical" if kind == T.F32 else "requantised", also=["identical"] if kind == T.F16 else [],
               why=lossless if kind == T.F32 else "Rounded in known steps.")
    for kind in (T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_NL, T.IQ4_XS, T.IQ3_XXS, T.IQ2_XXS):
        if not ggml:
            s.skip(f"gguf-{kind.name}", "no ggml library")
            continue
        s.make("rows", f"gguf-{kind.name}", make(kind), what=f"GGUF {kind.name}; rows of 384 in the type that takes its place", parents=[PARENT],
               verdict="requantised", also=[], why="Rounded in known steps, or to a code book.")

    def of(kind_of, name, kind):
        def write(d):
            # How far rounding moved it from the fine-tune is no distance from the parent.
            return make(kind, s.load(kind_of, name))(d) | {"delta": None}
        return write

    s.make("rows", "gguf-Q8_0-of-sibling-2", of("index", "sibling-2", T.Q8_0), what="GGUF Q8_0 of a fine-tune that is in the index",
           parents=["transform/sibling-2"], verdict="requantised", why="Of four related models only one has all values within their cells.")
    s.make("rows", "gguf-Q4_0-of-fine-tune", of("rows", "fine-tune-0.05", T.Q4_0), what="GGUF Q4_0 of fine-tune-0.05", parents=[PARENT],
           verdict="trained-from", also=["requantised"],
           why="Trained on, then rounded to steps larger than what training moved: the two cannot be told apart where delta is below the step.")
    s.make("rows", "gguf-Q8_0-of-fine-tune", of("rows", "fine-tune-0.05", T.Q8_0), what="GGUF Q8_0 of fine-tune-0.05", parents=[PARENT],
           verdict="trained-from", why="Values moved by more than the steps of Q8_0.")


def exports(e):
    s = e.store

    def export(d, source=e.minilm):
        ids = torch.ones(2, 16, dtype=torch.long)
        axes = {0: torch.export.Dim("batch", max=64), 1: torch.export.Dim("sequence", max=512)}
        model = encoders.load(source)
        torch.onnx.export(model, (ids, torch.ones_like(ids)), d / "model.onnx", input_names=["input_ids", "attention_mask"],
                          output_names=["last_hidden_state", "pooler_output"], dynamo=True, external_data=False, optimize=True,
                          dynamic_shapes=[axes, axes], verbose=False)
        save_config(d, e.base.config.to_dict())
        return layout(d / "model.onnx", e.parent)

    s.make("rows", "onnx", export, what="exported to ONNX by PyTorch", parents=[PARENT], verdict="identical-value",
           why="Matrices may be stored transposed, as MatMul takes them.")

    def quantised(d, model=s.path("rows", "onnx") / "model.onnx"):
        from onnxruntime.quantization import QuantType, quantize_dynamic
        quantize_dynamic(model, d / "model_quantized.onnx", weight_type=QuantType.QInt8)
        save_config(d, e.base.config.to_dict())

    def of_fine_tune(d):
        export(d, s.path("rows", "fine-tune-0.05"))
        quantised(d, d / "model.onnx")
        (d / "model.onnx").unlink()

    s.make("rows", "onnx-int8", quantised, what="the ONNX file quantised by onnxruntime", parents=[PARENT], verdict="requantised",
           why="Matrices of MatMul rounded to a step for each tensor, transposed; the steps stand in other tensors.")
    s.make("rows", "onnx-int8-of-fine-tune", of_fine_tune, what="fine-tune-0.05 exported and quantised by onnxruntime", parents=[PARENT],
           verdict="trained-from", why="Values moved by more than the steps of most matrices.")


def layout(path, parent):
    """How many of the parent's matrices the file holds as they are, and
    transposed."""
    import numpy as np
    import onnx
    from onnx import numpy_helper
    arrays = [numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer]
    have = {(a.shape, a.tobytes()) for a in arrays}
    matrices = [v.numpy() for v in parent.values() if v.ndim == 2 and v.is_floating_point()]
    return {"matrices_as_stored": sum((m.shape, m.tobytes()) in have for m in matrices),
            "matrices_transposed": sum((m.T.shape, np.ascontiguousarray(m.T).tobytes()) in have for m in matrices)}
