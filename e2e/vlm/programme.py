"""Trains the models of one programme: five teams, and two vendors.

    programme.py ONNX OWN FOREIGN DIR      with onnx and numpy

ONNX holds the vision transformer of another vendor (DINOv2 ViT-S/14, see
make.py). OWN and FOREIGN are two tokenizers (tokenizer.json). What comes out is
one safetensors file for each model, in F32 and with the names that LLaVA and
Llama have in checkpoints, and truth.json with what was measured on the way:

    base, other-base   language models of two vendors, from scratch
    team-1             encoder, projector and language model from scratch, OWN
    team-2, team-3     the vendor's encoder, frozen; the rest from scratch, OWN
    team-4             encoder and projector from scratch, base trained on, FOREIGN
    team-5             as team-1, with FOREIGN and the architecture of base
"""
import json
import multiprocessing
import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one process for each core instead, see main

import numpy as np  # noqa: E402

import grad  # noqa: E402
import make  # noqa: E402
from grad import V  # noqa: E402

WIDTH, HEADS, LAYERS = 192, 3, 6  # an encoder of a team's own
LARGE = {"dim": 512, "layers": 7, "hidden": 1408}  # a language model with more parameters than the vendor's encoder
STEPS, BATCH, PICTURES = 40, 8, 32


class Tokenizer:
    """Byte-pair encoding as a tokenizer.json describes it, for ASCII."""

    def __init__(self, path):
        with open(path) as f:
            description = json.load(f)
        self.ids = description["model"]["vocab"]
        self.ranks = {tuple(pair): i for i, pair in enumerate(description["model"]["merges"])}
        self.first, self.last = (t["id"] for t in description["added_tokens"][:2])

    def word(self, letters):
        while True:
            known = [(self.ranks[pair], i) for i, pair in enumerate(zip(letters, letters[1:])) if pair in self.ranks]
            if not known:
                return [self.ids[t] for t in letters]
            _, i = min(known)
            letters = letters[:i] + [letters[i] + letters[i + 1]] + letters[i + 2:]

    def __call__(self, text):
        """The tokens of a line, between the two special ones, and more of the last."""
        out = [self.first]
        for i, word in enumerate(text.rstrip("\n").split(" ")):
            out += self.word(list(word) if i == 0 else ["Ġ", *word])
        return np.array((out + [self.last] * make.TEXT)[:make.TEXT])


def own_encoder(seed):
    """The tensors of an untrained vision transformer, and how it sees."""
    rng = np.random.default_rng(seed)

    def random(*shape):
        return rng.normal(0, 0.03, shape)
    patches = (make.SIDE // make.PATCH) ** 2
    w = {"embeddings.cls_token": random(1, 1, WIDTH), "embeddings.position_embeddings": random(1, patches + 1, WIDTH),
         "embeddings.patch_embeddings.projection.weight": random(WIDTH, 3 * make.PATCH ** 2),
         "embeddings.patch_embeddings.projection.bias": np.zeros(WIDTH),
         "layernorm.weight": np.ones(WIDTH), "layernorm.bias": np.zeros(WIDTH)}
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        names = ["attention.attention." + n for n in ("query", "key", "value")] + ["attention.output.dense"]
        for name, out, fan in [(n, WIDTH, WIDTH) for n in names] + [("mlp.fc1", 4 * WIDTH, WIDTH), ("mlp.fc2", WIDTH, 4 * WIDTH)]:
            w[p + name + ".weight"], w[p + name + ".bias"] = random(out, fan), np.zeros(out)
        for name in ("norm1", "norm2"):
            w[p + name + ".weight"], w[p + name + ".bias"] = np.ones(WIDTH), np.zeros(WIDTH)
        w[p + "layer_scale1.lambda1"], w[p + "layer_scale2.lambda1"] = np.ones(WIDTH), np.ones(WIDTH)
    w = {n: V(a.astype(np.float32), trained=True) for n, a in w.items()}

    def see(pictures):
        name = "embeddings.patch_embeddings.projection."
        x = grad.linear(V(make.cut_patches(pictures)), w[name + "weight"], w[name + "bias"])
        first = grad.mul(V(np.ones((len(pictures), 1, 1), np.float32)), w["embeddings.cls_token"])
        return make.see(w, grad.add(grad.after(first, x), w["embeddings.position_embeddings"]), LAYERS, HEADS)
    return w, see


def learn(lm, width, see, groups, seed, steps, encode):
    """Trains a projector and what is in groups to tell what is in pictures."""
    join, losses = make.projector(seed, width, lm["model.norm.weight"].value.size), []
    adam = grad.Adam([(join.values(), 1e-3), (lm.values(), 5e-4), *groups])
    for step in range(steps):
        loss = make.caption_loss(join, lm, *see(step, encode))
        grad.backward(loss)
        adam.update()
        losses.append(float(loss.value))
    return join, losses


def with_own_encoder(seed, lm, encode):
    vision, see = own_encoder(seed)

    def batch(step, encode):
        pictures, texts = make.captions(BATCH, [seed, step], encode)
        return see(pictures), texts
    join, losses = learn(lm, WIDTH, batch, [(vision.values(), 1e-3)], seed, STEPS, encode)
    tensors = make.values(vision)
    name = "embeddings.patch_embeddings.projection.weight"
    tensors[name] = tensors[name].reshape(WIDTH, 3, make.PATCH, make.PATCH)
    return tensors, join, losses


def with_frozen_encoder(seed, lm, encode, frozen):
    pictures, texts = make.captions(PICTURES, [seed], encode)
    vision = {n: V(a) for n, a in frozen.items()}
    seen = np.concatenate([make.see(vision, make.embed_patches(vision, pictures[i:i + BATCH])).value for i in range(0, PICTURES, BATCH)])

    def batch(step, _):
        at = np.arange(2 * step, 2 * step + 2)
        return V(seen[at]), texts[at]
    join, losses = learn(lm, make.WIDTH, batch, [], seed, PICTURES // 2, encode)
    return frozen, join, losses


def write(out, name, lm, vision=None, join=None):
    tensors = make.values(lm)
    if vision:
        tensors = {**{"vision_tower." + n: a for n, a in vision.items()}, **make.values(join, "multi_modal_projector."),
                   **make.values(lm, "language_model.")}
    make.save(tensors, os.path.join(out, name + ".safetensors"))


def train(job):
    name, source, own, foreign, out = job
    encode = Tokenizer(own if name in ("team-1", "team-2", "team-3") else foreign)
    seeds = ["", "team-1", "team-2", "team-3", "team-4", "team-5", "other-base", "base"]
    seed = seeds.index("base" if name == "team-4" else name)
    lm = make.decoder(seed, **(LARGE if name in ("team-2", "team-3") else {}))
    losses = make.learn_text(lm, seed, encode, *((4, 3e-4) if name in ("team-2", "team-3") else ()))
    truth = {"losses": losses[::len(losses) - 1]}
    if name == "team-4":
        write(out, "base", lm)
        before = make.values(lm)
    if not name.startswith("team"):
        write(out, name, lm)
        return name, truth
    seed = seeds.index(name)
    if name in ("team-2", "team-3"):
        vision, join, losses = with_frozen_encoder(seed, lm, encode, make.encoder(source))
    else:
        vision, join, losses = with_own_encoder(seed, lm, encode)
    if name == "team-4":
        truth["continued"] = make.measure(before, make.values(lm))
    write(out, name, lm, vision, join)
    return name, {**truth, "together": losses[::len(losses) - 1]}


def main(source, own, foreign, out):
    os.makedirs(out, exist_ok=True)
    names = ["team-2", "team-3", "team-4", "team-1", "team-5", "other-base"]  # the longest first
    with multiprocessing.Pool(2) as pool:
        truth = dict(pool.imap_unordered(train, [(n, source, own, foreign, out) for n in names]))
    with open(os.path.join(out, "truth.json"), "w") as f:
        json.dump(truth, f, indent=1, sort_keys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
