"""Where models go: one folder for each, with a record of what it is. A model
whose record is there is not made again."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


class Store:
    def __init__(self, out):
        self.out = Path(out)
        self.order = []  # (kind, name) as asked for
        self.skipped = {}

    def path(self, kind, name):
        return self.out / kind / name

    def _record(self, kind, name):
        return self.out / "records" / f"{kind}-{name}.json"

    def make(self, kind, name, write, **truth):
        """Have write(folder) make a model, unless it is there. What write
        returns is added to its record."""
        self.order.append((kind, name))
        record, folder = self._record(kind, name), self.path(kind, name)
        if record.exists():
            # What is expected may be said anew, what was measured stays.
            known = json.loads(record.read_text())
            record.write_text(json.dumps(known | truth, indent=1))
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print(f"{kind}/{name}", flush=True)
        measured = write(folder) or {}
        truth = {"name": name, "directory": f"{kind}/{name}"} | truth | measured
        record.parent.mkdir(exist_ok=True)
        record.write_text(json.dumps(truth, indent=1))

    def skip(self, name, why):
        self.skipped[name] = why

    def truth(self, **more):
        def records(kind):
            return [json.loads(self._record(k, n).read_text()) for k, n in self.order if k == kind]

        text = json.dumps(more | {"index": records("index"), "rows": records("rows"), "left_out": self.skipped}, indent=1)
        (self.out / "truth.json").write_text(text + "\n")

    def load(self, kind, name):
        return load_file(self.path(kind, name) / WEIGHTS)


def save(folder, tensors, config, metadata=None):
    """Write a checkpoint in the hub's layout."""
    tensors = {k: v.detach().contiguous().clone() for k, v in tensors.items()}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"} | (metadata or {}))
    save_config(folder, config)


def save_config(folder, config):
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def read_config(folder):
    return json.loads((Path(folder) / "config.json").read_text())


@torch.no_grad()
def drift(model, parent):
    """The delta that moved reports, quickly."""
    pairs = [(p, parent[n]) for n, p in model.named_parameters() if p.ndim == 2 and "layer" in n]
    moved = sum((w - p).square().sum() for w, p in pairs)
    return (moved / sum(p.square().sum() for _, p in pairs)).sqrt().item()


def moved(tensors, parent):
    """delta = |W - P| / |P| over the matrices of layers, over all matrices, and
    over the embedding of tokens, and the share of bytes whose tensors did not
    change."""
    sums = {"layers": [0.0, 0.0], "matrices": [0.0, 0.0], "embedding": [0.0, 0.0]}
    same = total = 0
    for name, p in parent.items():
        w = tensors.get(name)
        if w is None or not p.is_floating_point():
            continue
        total += p.nbytes
        if w.shape != p.shape:
            if w.ndim != 2 or w.shape[1:] != p.shape[1:]:
                continue
            w, p = w[: len(p)], p[: len(w)]
        same += p.nbytes * torch.equal(w, p)
        if p.ndim < 2:
            continue
        d, n = (w.double() - p.double()).square().sum().item(), p.double().square().sum().item()
        embedding = "word_embeddings" in name or "embed_tokens" in name
        groups = ["matrices"] + ["layers"] * ("layer" in name) + ["embedding"] * embedding
        for g in groups:
            sums[g][0] += d
            sums[g][1] += n
    deltas = {g: round((d / n) ** 0.5, 5) for g, (d, n) in sums.items() if n}
    return {"delta": deltas.get("layers", 0), "delta_matrices": deltas.get("matrices", 0),
            "delta_embedding": deltas.get("embedding", 0), "unchanged": round(same / total, 4)}
