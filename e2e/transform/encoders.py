"""all-MiniLM-L6-v2, its look-alikes, and what training makes of it."""

import torch
from transformers import BertConfig, BertModel

from corpus import batches
from store import drift, moved, save
from train import train

BATCH = 8


class Encoders:
    def __init__(self, store, minilm):
        self.store, self.minilm = store, minilm
        self.tokenizer = minilm / "tokenizer.json"
        self.base = load(minilm)
        self.parent = self.base.state_dict()

    def fresh(self):
        return load(self.minilm)

    def trained(self, folder, model, *, domain, seed, steps, lr, objective, until=None, parent=None):
        """Train, save with the library, and measure."""
        parent = parent or self.parent
        stop = (lambda: drift(model, parent) >= until) if until else None
        report = train(model, batches(domain, self.tokenizer, BATCH, seed), steps=steps, lr=lr, seed=seed,
                       objective=objective, stop=stop)
        model.save_pretrained(folder)
        return report | moved(model.state_dict(), parent)

    def scratch(self, folder, *, init, domain, seed, steps, lr=1e-3):
        """Train one of the same architecture from random weights."""
        model = random(self.base.config, init)
        start = {k: v.clone() for k, v in model.state_dict().items()}
        report = self.trained(folder, model, domain=domain, seed=seed, steps=steps, lr=lr, objective="everything", parent=start)
        gains = [v for k, v in model.state_dict().items() if k.endswith("LayerNorm.weight")]
        # How far from its own start; the gains' spread is what the test of seeds lives on.
        return {"steps": report["steps"], "first_loss": report["first_loss"], "last_loss": report["last_loss"],
                "delta_from_start": report["delta"], "gain_spread": round(torch.cat(gains).std().item(), 5)}


def load(folder):
    model = BertModel.from_pretrained(folder, dtype=torch.float32)
    return model.eval()  # without dropout, which only costs time here


def random(config, seed):
    torch.manual_seed(seed)
    return BertModel(BertConfig(**config.to_dict())).eval()


def write(folder, config, tensors, layers=None, **changes):
    """Save tensors under a model's configuration with a few members changed."""
    d = config.to_dict() | changes
    d["architectures"] = d.get("architectures") or ["BertModel"]
    if layers is not None:
        d["num_hidden_layers"] = layers
    save(folder, tensors, {k: v for k, v in d.items() if v is not None})
