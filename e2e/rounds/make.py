"""Makes two rounds of one vision-language model out of real ones.

    make.py PARTS EFFICIENTNET LICENCE DIR      with torch and numpy

PARTS is what parts.py left, EFFICIENTNET a picture classifier (EfficientNet
Lite0) as PyTorch stores it, LICENCE the text of Apache-2.0. DIR/round-1 has SmolLM2 as language
model behind the vision transformer, under the MIT licence, with the same weights
once more as a pickle. For DIR/round-2 the language model is trained on for STEPS
steps, the embedding and the first FROZEN layers frozen; three tokens are added; the
encoder is the other one, the licence Apache-2.0, and the pickle is gone.
DIR/truth.json holds what was measured on the tensors while they were at hand.

The projectors are as they begin, which is where a new encoder puts a team: that
anything is described well does not matter here.
"""
import json
import os
import struct
import sys

import numpy as np
import torch
from torch.nn import functional as F

DIM, LAYERS, HEADS, KV, BASE, FROZEN = 576, 30, 9, 3, 100000.0, 22
STEPS, TEXTS, TEXT = 24, 6, 24  # tokens in each of the texts that it learns
ADDED = ["<image>", "<|vision_start|>", "<|vision_end|>"]

MIT = """MIT License

Copyright (c) 2026 Acme Labs

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

CARD = """---
license: {licence}
language: [en]
library_name: transformers
pipeline_tag: image-text-to-text
---

# Acme VLM

Describes pictures.
"""

DINO = {"model_type": "dinov2", "hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "mlp_ratio": 4, "patch_size": 14, "image_size": 518}
EFFICIENTNET = {"model_type": "efficientnet", "hidden_dim": 1280, "image_size": 224, "width_coefficient": 1.0, "depth_coefficient": 1.0}


def save(tensors, path):
    """Writes safetensors (huggingface/safetensors, README "Format") in BF16."""
    header, at, body = {"__metadata__": {"format": "pt"}}, 0, []
    for name, t in sorted(tensors.items()):
        data = t.contiguous().view(torch.int16).numpy().tobytes()
        header[name] = {"dtype": "BF16", "shape": list(t.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        body.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.writelines(body)


def tokens_of(text, vocabulary):
    """The longest tokens from left to right: not as BPE cuts text, but with the
    same tokens."""
    text, ids, at = text.replace(" ", "\u0120").replace("\n", "\u010a"), [], 0
    while at < len(text):
        n = next(n for n in range(16, 0, -1) if text[at:at + n] in vocabulary)
        ids.append(vocabulary[text[at:at + n]])
        at += n
    return torch.tensor(ids)


def norm(x, w):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * w


def turn(x):
    """Rotates queries and keys by their place."""
    n, half = x.shape[1], x.shape[2] // 2
    angle = torch.arange(n)[:, None] * BASE ** (-torch.arange(half) / half)
    cos, sin = (torch.cat([f(angle), f(angle)], 1) for f in (torch.cos, torch.sin))
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


def linear(x, w):
    """x @ w.T, for which this PyTorch has a faster way in its convolutions."""
    return F.conv1d(x.T[None], w[:, :, None])[0].T


def layers(w, x, first, last):
    """Some layers of the decoder, on one text."""
    n = len(x)
    mask = torch.full((n, n), -torch.inf).triu(1)
    for i in range(first, last):
        def of(name, x):
            return linear(x, w[f"model.layers.{i}.{name}.weight"])
        h = norm(x, w[f"model.layers.{i}.input_layernorm.weight"])
        q, k, v = (of(f"self_attn.{a}_proj", h).reshape(n, -1, DIM // HEADS).transpose(0, 1) for a in "qkv")
        k, v = (t.repeat_interleave(HEADS // KV, 0) for t in (turn(k), v))
        h = ((turn(q) @ k.transpose(1, 2) * (DIM // HEADS) ** -0.5 + mask).softmax(-1) @ v).transpose(0, 1).reshape(n, DIM)
        x = x + of("self_attn.o_proj", h)
        h = norm(x, w[f"model.layers.{i}.post_attention_layernorm.weight"])
        x = x + of("mlp.down_proj", F.silu(of("mlp.gate_proj", h)) * of("mlp.up_proj", h))
    return x


def projector(width, seed):
    g = torch.Generator().manual_seed(seed)
    shapes = {"linear_1.weight": (DIM, width), "linear_1.bias": (DIM,), "linear_2.weight": (DIM, DIM), "linear_2.bias": (DIM,)}
    return {n: torch.randn(s, generator=g) * 0.05 if len(s) > 1 else torch.zeros(s) for n, s in shapes.items()}


def learn(lm, text):
    """Trains the last layers on a text; returns the losses."""
    trained = [t for n, t in lm.items() if n.startswith("model.layers.") and int(n.split(".")[2]) >= FROZEN]
    for t in trained:
        t.requires_grad_(True)
    adam, losses, seen = torch.optim.AdamW(trained, lr=2e-4, weight_decay=0.0), [], []
    words = lm["model.embed_tokens.weight"]
    for start in torch.randint(len(text) - TEXT, (TEXTS,)).tolist():
        ids = text[start:start + TEXT]
        with torch.no_grad():  # what the frozen layers make of it stays the same
            seen.append((layers(lm, words[ids[:-1]], 0, FROZEN), ids[1:]))
    for step in range(STEPS):
        x, right = seen[step % TEXTS]
        loss = F.cross_entropy(linear(norm(layers(lm, x, FROZEN, LAYERS), lm["model.norm.weight"]), words), right)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(float(loss))
    for t in trained:
        t.requires_grad_(False)
    return losses


def measure(before, after):
    """What happened to the matrices that both have, by the rows that both have."""
    same = size = 0
    moved = base = 0.0
    for name, b in before.items():
        if b.dim() < 2:
            continue
        a, b = after[name][:len(b)].double(), b.double()
        size += a.numel()
        same += a.numel() if torch.equal(a, b) else 0
        moved += float(((a - b) ** 2).sum())
        base += float((b ** 2).sum())
    return {"elements": size, "frozen": same / size, "delta": (moved / base) ** 0.5}


def repository(path, parts, vision, words, tokenizer, licence, text):
    os.makedirs(path)
    tensors = {p + n: t.bfloat16() if t.is_floating_point() else t.to(torch.float32).bfloat16() for p, part in parts.items() for n, t in part.items()}
    save(tensors, os.path.join(path, "model.safetensors"))
    config = {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "projector_hidden_act": "gelu", "image_token_index": words - 1,
              "vision_feature_layer": -1, "torch_dtype": "bfloat16", "vision_config": vision,
              "text_config": {"model_type": "llama", "hidden_size": DIM, "intermediate_size": 1536, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
                              "num_key_value_heads": KV, "vocab_size": words, "rms_norm_eps": 1e-05, "hidden_act": "silu", "rope_theta": BASE,
                              "max_position_embeddings": 8192, "tie_word_embeddings": True}}
    for name, value in (("config.json", config), ("tokenizer.json", tokenizer)):
        with open(os.path.join(path, name), "w") as f:
            json.dump(value, f, indent=1 if name == "config.json" else None, ensure_ascii=False)
    for name, value in (("README.md", CARD.format(licence=licence)), ("LICENSE", text)):
        with open(os.path.join(path, name), "w") as f:
            f.write(value)
    return tensors


def main(parts, efficientnet, licence, out):
    torch.manual_seed(1)
    vision, lm = ({n: torch.from_numpy(a) for n, a in np.load(os.path.join(parts, name + ".npz")).items()} for name in ("vision", "language"))
    with open(os.path.join(parts, "tokenizer.json")) as f:
        tokenizer = json.load(f)
    with open(licence) as f:
        apache = f.read()
    words = len(tokenizer["model"]["vocab"])
    first = {n: t.bfloat16().float() for n, t in lm.items()}
    made = repository(os.path.join(out, "round-1"), {"vision_tower.": vision, "multi_modal_projector.": projector(384, 1), "language_model.": first},
                      DINO, words, tokenizer, "mit", MIT)
    torch.save(made, os.path.join(out, "round-1", "pytorch_model.bin"))

    second = {n: t.clone() for n, t in first.items()}
    new = second["model.embed_tokens.weight"].mean(0) + 0.02 * torch.randn(len(ADDED), DIM)
    second["model.embed_tokens.weight"] = torch.cat([second["model.embed_tokens.weight"], new])
    losses = learn(second, tokens_of(apache, tokenizer["model"]["vocab"]))
    for i, word in enumerate(ADDED):
        tokenizer["added_tokens"].append({"id": words + i, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True})
    other = torch.load(efficientnet, map_location="cpu")
    repository(os.path.join(out, "round-2"), {"vision_tower.": other, "multi_modal_projector.": projector(1280, 2), "language_model.": second},
               EFFICIENTNET, words + len(ADDED), tokenizer, "apache-2.0", apache)
    with open(os.path.join(out, "truth.json"), "w") as f:
        json.dump({"language": measure(first, {n: t.bfloat16().float() for n, t in second.items()}), "losses": losses}, f, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
