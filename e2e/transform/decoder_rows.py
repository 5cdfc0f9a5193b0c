"""Decoders for what the encoder cannot show: rotary positions and their order of
rows in GGUF files, grouped queries, a gated FFN, widths that K-quants take,
experts. They are small and trained here from random weights, on real text."""

import gguf
import torch
from gguf import GGMLQuantizationType as T
from transformers import LlamaConfig, LlamaForCausalLM, MixtralConfig, Phi3Config, Phi3ForCausalLM

import ggufs
import quantise as q
from calibrate import moments
from corpus import batches
from store import drift, moved, save
from train import train

WIDTH, INNER, LAYERS, HEADS, KV, VOCABULARY = 256, 768, 4, 8, 4, 8192
SHAPE = dict(vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
             num_key_value_heads=KV, max_position_embeddings=512, tie_word_embeddings=True, pad_token_id=0, bos_token_id=1, eos_token_id=2)
STEPS = 60
PARENT = "transform/llama-1"


def text(tokenizer, domain, size, seed):
    return (b % VOCABULARY for b in batches(domain, tokenizer, size, seed))


class Decoders:
    def __init__(self, store, tokenizer, ggml):
        self.store, self.tokenizer, self.ggml = store, tokenizer, ggml
        self.domains = ["python", "numpy", "torch"]

    def scratch(self, d, make, init, domain):
        torch.manual_seed(init)
        model = make()
        report = train(model, text(self.tokenizer, domain, 8, init), steps=STEPS, lr=2e-3, seed=init, objective="causal")
        model.save_pretrained(d)
        return report

    def index(self):
        s = self.store
        for n in (1, 2, 3):
            s.make("index", f"llama-{n}", lambda d: self.scratch(d, lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)), 70 + n, self.domains[n - 1]),
                   id=f"transform/llama-{n}", what=f"a small llama, trained from random weights {n}")
        s.make("index", "phi-1", lambda d: self.scratch(d, lambda: Phi3ForCausalLM(Phi3Config(**SHAPE)), 80, "python"),
               id="transform/phi-1", what="a small Phi-3, whose q, k and v, gate and up are stored joined")

    def rows(self):
        self.base = LlamaForCausalLM.from_pretrained(self.store.path("index", "llama-1"), dtype=torch.float32).eval()
        self.parent = self.store.load("index", "llama-1")
        self.trained()
        self.layouts()
        self.awq()
        self.files()

    def row(self, name, make, what, verdict, why, parents=(PARENT,), **more):
        self.store.make("rows", name, make, what=what, parents=list(parents), verdict=verdict, why=why, **more)

    def write(self, d, tensors, config=None, **changes):
        save(d, tensors, {k: v for k, v in ((config or self.base.config).to_dict() | changes).items() if v is not None})

    def check(self, d):
        """The function must not change."""
        ids = next(text(self.tokenizer, "numpy", 4, 90))
        with torch.no_grad():
            off = (LlamaForCausalLM.from_pretrained(d, dtype=torch.float32).eval()(ids).logits - self.base(ids).logits).abs().max().item()
        assert off < 1e-3, off
        return {"largest_output_difference": off}

    def trained(self):
        def tune(d):
            model = LlamaForCausalLM.from_pretrained(self.store.path("index", "llama-1"), dtype=torch.float32)
            stop = lambda: drift(model, self.parent) >= 0.1
            report = train(model, text(self.tokenizer, "torch", 8, 91), steps=60, lr=5e-4, seed=91, objective="causal", stop=stop)
            model.save_pretrained(d)
            return report | moved(model.state_dict(), self.parent)

        self.row("llama-fine-tune", tune, "full fine-tune of a decoder", "trained-from", "Every matrix still agrees with the parent's.")
        self.row("llama-independent", lambda d: self.scratch(d, lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)), 99, "torch"),
                 "the same decoder, trained from random weights", "same-architecture", "It shares nothing but shapes.", parents=())

    def layouts(self):
        p = self.parent

        def fused(d):
            t = {}
            for k, v in p.items():
                if k.endswith("q_proj.weight"):
                    t[k.replace("q_proj", "qkv_proj")] = torch.cat([p[k.replace("q_proj", x)] for x in ("q_proj", "k_proj", "v_proj")])
                elif k.endswith("gate_proj.weight"):
                    t[k.replace("gate_proj", "gate_up_proj")] = torch.cat([v, p[k.replace("gate_proj", "up_proj")]])
                elif not k.endswith(("k_proj.weight", "v_proj.weight", "up_proj.weight")):
                    t[k] = v
            self.write(d, t, Phi3Config(**SHAPE), architectures=["Phi3ForCausalLM"])

        self.row("llama-fused", fused, "q, k, v joined, gate and up joined, as Phi-3 stores them", "identical-value", "The joined rows are the parent's.")

        def split(d):
            t = {}
            for k, v in self.store.load("index", "phi-1").items():
                if k.endswith("qkv_proj.weight"):
                    sizes = [WIDTH, WIDTH * KV // HEADS, WIDTH * KV // HEADS]
                    t |= {k.replace("qkv_proj", x): y for x, y in zip(("q_proj", "k_proj", "v_proj"), v.split(sizes))}
                elif k.endswith("gate_up_proj.weight"):
                    t |= {k.replace("gate_up_proj", x): y for x, y in zip(("gate_proj", "up_proj"), v.chunk(2))}
                else:
                    t[k] = v
            self.write(d, t)

        self.row("phi-split", split, "a Phi-3 with its joined tensors split, as a llama", "identical-value", "The pieces are the parent's rows.",
                 parents=["transform/phi-1"])

        def experts(d):
            t = {}
            for k, v in p.items():
                if ".mlp." not in k:
                    t[k] = v
                    continue
                for x in range(4):
                    for a, b in (("gate_proj", "w1"), ("down_proj", "w2"), ("up_proj", "w3")):
                        if a in k:
                            t[k.replace(f"mlp.{a}", f"block_sparse_moe.experts.{x}.{b}")] = v
                if "gate_proj" in k:
                    t[k.replace("mlp.gate_proj", "block_sparse_moe.gate")] = torch.randn(4, WIDTH, generator=torch.Generator().manual_seed(92)) * 0.02
            self.write(d, t, MixtralConfig(**SHAPE, num_local_experts=4, num_experts_per_tok=2), architectures=["MixtralForCausalLM"])

        self.row("llama-upcycled", experts, "each FFN copied to four experts, with new routers", "identical",
                 "All but the routers, 0.1 % of the bytes, are copies of the parent's tensors.", also=["trained-from"])

        def residual(d):
            random = torch.Generator().manual_seed(93)
            order = torch.randperm(WIDTH, generator=random)
            sign = torch.randint(0, 2, (WIDTH,), generator=random).float() * 2 - 1
            t = {}
            for k, v in p.items():
                if k.endswith(("o_proj.weight", "down_proj.weight")):
                    v = v[order] * sign[:, None]
                elif v.ndim == 2:
                    v = v[:, order] * sign
                else:
                    v = v[order]
                t[k] = v
            self.write(d, t)
            return self.check(d)

        self.row("llama-residual", residual, "the residual stream's channels in another order and half of them negated", "partial",
                 "The same function, but no coordinate keeps its place, and only rows that moved, and were not negated, are seen without a comparison in depth.",
                 deep={"parents": [PARENT], "verdict": "identical-value"})

    def awq(self):
        """Exactly as AWQ does it: the norm before a layer, or the matrix before
        it, takes the inverse of the stretch."""
        def make(d):
            h = moments(self.base, text(self.tokenizer, "python", 8, 94))
            t = dict(self.parent)
            for n in range(LAYERS):
                at = f"model.layers.{n}."
                groups = [(at + "input_layernorm", ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
                          (at + "post_attention_layernorm", ["mlp.gate_proj", "mlp.up_proj"]), (at + "mlp.up_proj", ["mlp.down_proj"])]
                for before, layers in groups:
                    s = q.awq_scales(h[at + layers[0]])
                    b = t[before + ".weight"]
                    t[before + ".weight"] = b / (s if b.ndim == 1 else s[:, None])
                    for x in layers:
                        t[at + x + ".weight"] = t[at + x + ".weight"] * s
            folded = {k: v.half() for k, v in t.items()}
            for k, v in t.items():
                if "_proj.weight" in k:
                    del folded[k]
                    folded |= q.awq_tensors(k.removesuffix(".weight"), v)
            self.write(d, folded, quantization_config={"bits": 4, "group_size": 128, "quant_method": "awq", "version": "gemm", "zero_point": True})

        self.row("llama-awq", make, "AWQ, the stretch of columns folded into what stands before", "requantised",
                 "Columns were scaled before rounding; no value changed its sign.", also=[])

    def files(self):
        names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, LAYERS)
        meta = {"name": "llama-1", "context_length": 512, "embedding_length": WIDTH, "block_count": LAYERS, "feed_forward_length": INNER,
                "head_count": HEADS, "head_count_kv": KV, "rope_dimension_count": WIDTH // HEADS, "layer_norm_rms_eps": 1e-6, "vocab_size": VOCABULARY}
        importance = {k: v.diag().numpy() for k, v in moments(self.base, text(self.tokenizer, "python", 8, 95)).items()}

        def rows(target, a):
            if "attn_q." in target:
                return ggufs.rotary_rows(a, HEADS)
            return ggufs.rotary_rows(a, KV) if "attn_k." in target else a

        def make(kind, tensors):
            return lambda d: ggufs.write(d / f"model-{kind.name}.gguf", "llama", meta, tensors(), names, kind, self.ggml, importance, change=rows)

        for kind in ggufs.PLAIN + ggufs.BLOCKS:
            if kind in ggufs.BLOCKS and not self.ggml:
                self.store.skip(f"llama-gguf-{kind.name}", "no ggml library")
                continue
            self.row(f"llama-gguf-{kind.name}", make(kind, lambda: self.parent),
                     f"GGUF {kind.name}, rows of q and k in llama's order", "identical-value" if kind == T.F32 else "requantised",
                     "Two matrices of seven have their rows in another, known order." if kind == T.F32 else "Rounded in known steps, or to a code book.",
                     also=[])

        def of_fine_tune(kind):
            # How far rounding moved it from the fine-tune is no distance from the parent.
            return lambda d: make(kind, lambda: self.store.load("rows", "llama-fine-tune"))(d) | {"delta": None}

        for kind in (T.Q6_K, T.Q3_K, T.IQ3_S, T.IQ2_XXS, T.TQ1_0) if self.ggml else ():
            self.row(f"llama-gguf-{kind.name}-of-fine-tune", of_fine_tune(kind),
                     f"GGUF {kind.name} of llama-fine-tune", "trained-from",
                     "Values lie outside of their cells, or changed signs that the type keeps.")
