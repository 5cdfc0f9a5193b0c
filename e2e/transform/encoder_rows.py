"""The rows of the table that are made of all-MiniLM-L6-v2, and its index."""

import shutil

import torch
from peft import LoraConfig, get_peft_model

import encoders
from corpus import batches
from encoders import write
from ggufs import rotary_rows
from store import moved, save_config
from train import train

PARENT = "sentence-transformers/all-MiniLM-L6-v2"
SIBLINGS = [  # domain, objective, delta, learning rate
    ("numpy", "contrastive", 0.03, 3e-4),
    ("transformers", "masked", 0.10, 7e-4),
    ("torch", "contrastive", 0.06, 5e-4),
]
DOMAINS = ["python", "numpy", "torch", "transformers"]
INDEPENDENT = 7
SCRATCH_STEPS = 40
# Of the two that share their random weights: long enough for the gains to move.
SAME_SEED = dict(steps=300, lr=3e-3)


def index(e):
    """The parent, three others trained from it, and seven strangers of its shape."""
    s = e.store
    s.make("index", "minilm", lambda d: shutil.copytree(e.minilm, d, dirs_exist_ok=True) and None,
           id=PARENT, what="the parent, as published")
    for n, (domain, objective, delta, lr) in enumerate(SIBLINGS, 1):
        s.make("index", f"sibling-{n}", lambda d: e.trained(d, e.fresh(), domain=domain, seed=30 + n, steps=100, lr=lr,
                                                            objective=objective, until=delta),
               id=f"transform/sibling-{n}", what=f"{objective} training from the parent on text of {domain}")
    for n in range(1, INDEPENDENT + 1):
        domain = DOMAINS[n % 4]
        s.make("index", f"independent-{n}", lambda d: e.scratch(d, init=n, domain=domain, seed=40 + n, **(SAME_SEED if n == 1 else dict(steps=SCRATCH_STEPS))),
               id=f"transform/independent-{n}", what=f"the same architecture, trained from random weights {n} on text of {domain}")


def fine_tunes(e):
    s = e.store

    def row(name, what, why="Every matrix still agrees with the parent's far above chance.", **how):
        s.make("rows", name, lambda d: e.trained(d, e.fresh(), **how), what=what, parents=[PARENT], verdict="trained-from", why=why)

    row("fine-tune-0.01", "full fine-tune, light", domain="python", seed=1, steps=60, lr=8e-5, objective="contrastive", until=0.01)
    row("fine-tune-0.05", "full fine-tune", domain="python", seed=2, steps=100, lr=4e-4, objective="contrastive", until=0.05)
    row("fine-tune-0.2", "full fine-tune, heavy", domain="python", seed=3, steps=100, lr=4e-3, objective="masked", until=0.2)
    s.make("rows", "continued-0.5", lambda d: e.trained(d, e.fresh(), domain="torch", seed=4, steps=120, lr=1.2e-2, objective="masked", until=0.5),
           what="continued training at a high learning rate", parents=[PARENT], verdict="trained-from", near=["transform/sibling-1", "transform/sibling-2", "transform/sibling-3"],
           why="rho is about 0.9. The distances to the parent and to its light fine-tunes differ by less than can be measured.")
    s.make("rows", "continued-1", lambda d: e.trained(d, e.fresh(), domain="transformers", seed=5, steps=200, lr=3e-2, objective="masked", until=1.1),
           what="continued training at a very high learning rate", parents=[PARENT], verdict="related-distant", also=["trained-from"],
           near=["transform/sibling-1", "transform/sibling-2", "transform/sibling-3"],
           why="rho is near the 0.71 that divides trained-from from related-distant.")

    def upper(d):
        model = e.fresh()
        for name, p in model.named_parameters():
            p.requires_grad = name.startswith(("encoder.layer.4.", "encoder.layer.5."))
        return e.trained(d, model, domain="python", seed=6, steps=12, lr=5e-4, objective="contrastive")

    s.make("rows", "upper-layers", upper, what="fine-tune of the last two layers, the rest frozen", parents=[PARENT], verdict="trained-from",
           why="Four of six layers and the embeddings are the parent's bytes, two layers moved.")

    def lora(targets, rank, lr):
        def make(d):
            torch.manual_seed(7)
            model = get_peft_model(e.fresh(), LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, lora_dropout=0.0))
            report = train(model, batches("python", e.tokenizer, encoders.BATCH, 7), steps=15, lr=lr, seed=7, objective="contrastive")
            merged = model.merge_and_unload()
            merged.save_pretrained(d)
            return report | moved(merged.state_dict(), e.parent)
        return make

    s.make("rows", "lora-merged", lora(["query", "value"], 8, 2e-3), what="LoRA of rank 8 on q and v, merged by peft", parents=[PARENT],
           verdict="trained-from", why="q and v moved by a matrix of rank 8, everything else is the parent's bytes.")
    s.make("rows", "lora-merged-all", lora(["query", "key", "value", "dense"], 16, 1e-3), what="LoRA of rank 16 on all linear layers, merged by peft",
           parents=[PARENT], verdict="trained-from", why="All matrices of layers moved, the embeddings are the parent's bytes.")

    def of_stranger(d):
        model = encoders.load(s.path("index", "independent-3"))
        start = {k: v.clone() for k, v in model.state_dict().items()}
        return e.trained(d, model, domain="python", seed=8, steps=60, lr=4e-4, objective="masked", until=0.1, parent=start)

    s.make("rows", "fine-tune-of-independent-3", of_stranger, what="fine-tune of a look-alike", parents=["transform/independent-3"],
           verdict="trained-from", why="Its parent is not the famous model of that shape.")


def strangers(e):
    s = e.store
    s.make("rows", "independent", lambda d: e.scratch(d, init=99, domain="python", seed=60, steps=SCRATCH_STEPS),
           what="the same architecture, trained from random weights", parents=[], verdict="same-architecture", why="It shares nothing but shapes.")
    s.make("rows", "same-seed", lambda d: e.scratch(d, init=1, domain="transformers", seed=61, **SAME_SEED),
           what="the random weights of independent-1, trained on other data", parents=["transform/independent-1"], verdict="shared-initialisation",
           why="Matrices agree because both runs began with the same random numbers; the gains, which began at one, hardly do: "
               "two short runs on text of one kind move 4,992 gains a little alike, by a rank correlation of 0.07 (0.05 after 600 steps at twice the rate), "
               "which is more than chance and much less than derivation leaves.")


def containers(e):
    s, p = e.store, e.parent
    stored = {k: v for k, v in p.items()}

    def same(name, what, verdict, why, make, **more):
        s.make("rows", name, make, what=what, parents=[PARENT], verdict=verdict, why=why, **more)

    def renamed(d):
        t = {}
        for k, v in stored.items():
            for a, b in [("encoder.layer.", "backbone.blocks."), ("attention.self.", "attn."), ("attention.output.dense", "attn.proj"),
                         ("attention.output.LayerNorm", "norm1"), ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"),
                         ("output.LayerNorm", "norm2"), ("embeddings.", "embed.")]:
                k = k.replace(a, b)
            t["net." + k] = v
        write(d, e.base.config, t)

    same("renamed", "all tensors renamed", "identical", "Names are no part of the digests.", renamed)

    def sharded(d):
        e.base.save_pretrained(d, max_shard_size="20MB")
        assert len(list(d.glob("*.safetensors"))) > 3

    same("resharded", "saved again in shards with an index", "identical", "The tensors' bytes did not change.", sharded)

    def pickled(d):
        torch.save(p, d / "pytorch_model.bin")
        save_config(d, e.base.config.to_dict())

    same("pickle", "pytorch_model.bin", "identical", "The same bytes in a zip archive.", pickled)

    def script(d):
        ids = torch.tensor([[101, 2023, 102]])
        e.base.config.return_dict = False
        traced = torch.jit.trace(e.base, ids, strict=False)
        e.base.config.return_dict = True
        traced.save(str(d / "model.pt"))

    same("torchscript", "traced to TorchScript", "identical", "The same bytes in an archive with code.", script)

    def fused(d, back=False):
        t = {}
        for k, v in stored.items():
            if ".attention.self." not in k:
                t[k] = v
            elif ".query." in k:
                t[k.replace("query", "query_key_value")] = torch.cat([v, stored[k.replace("query", "key")], stored[k.replace("query", "value")]])
        if back:
            again = {}
            for k, v in t.items():
                if "query_key_value" in k:
                    for name, piece in zip(("q_proj", "k_proj", "v_proj"), v.chunk(3)):
                        again[k.replace("query_key_value", name)] = piece
                else:
                    again[k] = v
            t = again
        write(d, e.base.config, t)

    same("qkv-fused", "q, k and v joined in one tensor", "identical-value", "The joined tensor's rows are those of three.", fused)
    same("qkv-split", "joined and split again under other names", "identical", "The split gives back the parent's tensors.", lambda d: fused(d, True))

    def halves(d):
        t = {}
        for k, v in stored.items():
            if ".intermediate." in k:
                t[k.replace("dense", "dense_0")], t[k.replace("dense", "dense_1")] = v.chunk(2)
            else:
                t[k] = v
        write(d, e.base.config, t)

    same("ffn-split", "rows of the first FFN matrices in two tensors, as for two devices", "identical-value", "The pieces are the parent's rows.", halves)

    def cast(dtype, back=None):
        def make(d):
            t = {k: (v.to(dtype).to(back or dtype) if v.is_floating_point() else v) for k, v in stored.items()}
            write(d, e.base.config, t, dtype=str(back or dtype).removeprefix("torch."))
            return {f: x for f, x in moved({k: v.float() for k, v in t.items()}, p).items()}
        return make

    same("f64", "cast to f64", "identical-value", "Every value is there exactly.", cast(torch.float64))
    same("f16", "cast to f16", "requantised", "Rounded to a coarser type; the same cast is published, and its digests may be known.",
         cast(torch.float16), also=["identical"])
    same("bf16", "cast to bf16", "requantised", "Rounded to a coarser type.", cast(torch.bfloat16))
    same("bf16-in-f32", "cast to bf16 and stored as f32", "requantised", "The stored type does not say that values were rounded; the values do.",
         cast(torch.bfloat16, torch.float32))
    same("fp8", "cast to 8-bit floats (e4m3) without a scale", "requantised", "Rounded; the smallest values lose bits or vanish.", fp8_cast(e))


def fp8_cast(e):
    def make(d):
        t = {k: (v.to(torch.float8_e4m3fn) if v.ndim == 2 and v.is_floating_point() else v) for k, v in e.parent.items()}
        write(d, e.base.config, t)
        return moved({k: v.float() for k, v in t.items()}, e.parent)
    return make


def structure(e):
    s, p = e.store, e.parent

    def layers(name, kept, what, **more):
        def make(d, train=False):
            t = {k: v for k, v in p.items() if not k.startswith("encoder.layer.")}
            for new, old in enumerate(kept):
                for k, v in p.items():
                    if k.startswith(f"encoder.layer.{old}."):
                        t[k.replace(f".{old}.", f".{new}.", 1)] = v
            write(d, e.base.config, t, layers=len(kept))
            if not train:
                return None
            model = encoders.load(d)
            return e.trained(d, model, domain="python", seed=9, steps=40, lr=5e-4, objective="contrastive", until=0.05, parent=t)

        s.make("rows", name, make, what=what, parents=[PARENT], verdict="identical", layer_map=kept, why="All of its bytes are the parent's.")
        s.make("rows", name + "-trained", lambda d: make(d, True), what=what + ", then trained on", parents=[PARENT], verdict="trained-from",
               layer_map=kept, why="Each layer continues one of the parent's.")

    layers("layers-dropped", [0, 1, 4, 5], "two of six layers left out")
    layers("layers-duplicated", [0, 1, 2, 3, 2, 3, 4, 5], "two layers repeated (depth up-scaling)")

    def vocabulary(d, whole=False):
        torch.manual_seed(10)
        model = e.fresh()
        model.resize_token_embeddings(30622)
        mapping = lambda gen: (torch.where(b % 7 == 0, 30522 + b % 100, b) for b in gen)  # some tokens become the new ones
        embedding = model.get_input_embeddings().weight
        if not whole:
            model.requires_grad_(False)
            embedding.requires_grad_(True)
            embedding.register_hook(lambda g: torch.cat([torch.zeros_like(g[:30522]), g[30522:]]))
        report = train(model, mapping(batches("python", e.tokenizer, encoders.BATCH, 10)), steps=10, lr=3e-4 if whole else 2e-3, seed=10,
                       objective="contrastive", decay=0.0)
        model.save_pretrained(d)
        return report | moved(model.state_dict(), p)

    s.make("rows", "vocabulary", vocabulary, what="100 tokens more, only their rows trained", parents=[PARENT], verdict="trained-from",
           also=["identical-value"], why="The embedding is a larger tensor whose first 30,522 rows are the parent's; 99.8 % of all values are the parent's.")
    s.make("rows", "vocabulary-trained", lambda d: vocabulary(d, True), what="100 tokens more, everything trained", parents=[PARENT],
           verdict="trained-from", why="The parent's rows keep their place in a larger embedding.")

    def pruned(d):
        t = {}
        for k, v in p.items():
            if v.ndim == 2 and k.startswith("encoder."):
                v = v * (v.abs() > v.abs().flatten().kthvalue(v.numel() // 2).values)
            t[k] = v
        write(d, e.base.config, t)
        return moved(t, p)

    s.make("rows", "pruned-50", pruned, what="the smaller half of each layer matrix set to zero", parents=[PARENT], verdict="trained-from",
           why="What is left is the parent's values in their places.")

    def merged(*names):
        def make(d):
            ts = [s.load("index", n) for n in names]
            t = {k: sum(x[k] for x in ts) / len(ts) for k in ts[-1]}
            write(d, e.base.config, t)
            return {n: moved(t, x)["delta"] for n, x in zip(names, ts)} | moved(t, p)
        return make

    sib = [f"transform/sibling-{n}" for n in (1, 2, 3)]
    s.make("rows", "merge-of-fine-tunes", merged("sibling-2", "sibling-3"), what="0.5/0.5 merge of two fine-tunes of the parent",
           parents=sib[1:], near=[PARENT], verdict="trained-from",
           why="Both fine-tunes are parents; their own parent is as near, so a family is all that can be told.")
    s.make("rows", "merge-of-strangers", merged("independent-4", "independent-5"), what="0.5/0.5 merge of two independent models",
           parents=["transform/independent-4", "transform/independent-5"], verdict="trained-from", also=["related-distant"],
           why="Each is half of it: rho is about 0.71 with both.")
    s.make("rows", "merge-with-stranger", merged("minilm", "independent-6"), what="0.5/0.5 merge of the parent and an independent model",
           parents=[PARENT, "transform/independent-6"], verdict="trained-from", also=["related-distant"],
           why="The parent's weights are larger, so it dominates; the other one is a parent too.")


def reordered(e):
    s, p = e.store, e.parent
    random = torch.Generator().manual_seed(11)

    def check(d, channels=slice(None)):
        """The function must not change: compare outputs on real text."""
        model = encoders.load(d)
        ids = next(batches("python", e.tokenizer, 4, 12))
        with torch.no_grad():
            off = (model(ids).last_hidden_state - e.base(ids).last_hidden_state[..., channels]).abs().max().item()
        assert off < 1e-3, off
        return {"largest_output_difference": off}

    def neurons(d):
        t = dict(p)
        for n in range(6):
            order = torch.randperm(1536, generator=random)
            up, down = f"encoder.layer.{n}.intermediate.dense.", f"encoder.layer.{n}.output.dense."
            t[up + "weight"], t[up + "bias"], t[down + "weight"] = p[up + "weight"][order], p[up + "bias"][order], p[down + "weight"][:, order]
        write(d, e.base.config, t)
        return check(d)

    s.make("rows", "ffn-permuted", neurons, what="the neurons of each FFN in another order", parents=[PARENT], verdict="identical-value",
           why="The same function and the same values; rows and columns of 12 of 36 layer matrices changed places.")

    def rotary(d):
        t = dict(p)
        for k in p:
            if ".self.query." in k or ".self.key." in k:
                t[k] = torch.from_numpy(rotary_rows(p[k].numpy(), 12).copy())
        write(d, e.base.config, t)
        return check(d)

    s.make("rows", "qk-permuted", rotary, what="rows of q and k in the order of llama's GGUF files (the model has no rotary positions; the function stays)",
           parents=[PARENT], verdict="identical-value", why="The known order of rows of a converter.")

    def residual(d):
        order = torch.randperm(384, generator=random)
        t = {}
        for k, v in p.items():
            reads = k.endswith(("query.weight", "key.weight", "value.weight", "intermediate.dense.weight", "pooler.dense.weight", "embeddings.weight"))
            writes = ".output." in k or "LayerNorm" in k
            if v.ndim == 2 and reads:
                v = v[:, order]
            elif writes:
                v = v[order]
            t[k] = v
        write(d, e.base.config, t)
        return check(d, order)

    s.make("rows", "residual-permuted", residual, what="the residual stream's channels in another order everywhere", parents=[PARENT], verdict="partial",
           deep={"parents": [PARENT], "verdict": "identical-value"},
           why="The same function, but no coordinate keeps its place. Matrices that write to the stream have the parent's rows in another order, which is seen; "
               "columns of the others moved with them, and that they are the parent's takes a comparison of both files in depth.")
