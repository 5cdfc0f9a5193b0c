"""Gradient training of encoders and decoders with PyTorch: what moves weights
in the models that make.py writes is an optimiser and a loss on real text."""

import torch
from torch import nn
from torch.nn import functional as F

MASK = 103  # in BERT's vocabulary
MASKED = 0.15


class MaskedHead(nn.Module):
    """The head of masked language models; its last matrix is the embedding."""

    def __init__(self, width):
        super().__init__()
        self.dense, self.norm = nn.Linear(width, width), nn.LayerNorm(width)

    def forward(self, hidden, embedding):
        return self.norm(F.gelu(self.dense(hidden))) @ embedding.T


def mask(ids, random):
    chosen = torch.rand(ids.shape, generator=random) < MASKED
    return ids.masked_fill(chosen, MASK), chosen


def masked(model, head, ids, random):
    """Predict the tokens that were masked, by an output matrix that is the
    embedding but does not train it: most of its rows would be moved by nothing
    but being wrong answers."""
    shown, chosen = mask(ids, random)
    hidden = model(shown).last_hidden_state[chosen]
    logits = head(hidden, model.get_input_embeddings().weight.detach())
    return F.cross_entropy(logits, ids[chosen])


def pairs(vectors):
    a, b = F.normalize(vectors, dim=-1).chunk(2)
    return F.cross_entropy(20 * a @ b.T, torch.arange(len(a)))


def contrastive(model, ids):
    """Find the other half of a passage among those of the batch, as sentence
    encoders are trained."""
    return pairs(model(torch.cat(ids.chunk(2, dim=1))).last_hidden_state.mean(1))


def everything(model, head, ids, random):
    """Both objectives in one pass over the halves of passages, by way of the
    pooler, at positions that start anywhere and with both token types, so that
    no parameter is left as it was initialised."""
    halves = torch.cat(ids.chunk(2, dim=1))
    shown, chosen = mask(halves, random)
    limit = model.config.max_position_embeddings - halves.shape[1]
    start = torch.randint(0, limit + 1, (len(halves), 1), generator=random)
    types = torch.randint(0, 2, (len(halves), 1), generator=random).expand_as(halves)
    out = model(shown, token_type_ids=types, position_ids=start + torch.arange(halves.shape[1]))
    logits = head(out.last_hidden_state[chosen], model.get_input_embeddings().weight)
    return F.cross_entropy(logits, halves[chosen]) + pairs(out.pooler_output)


def losses(objective, model, seed):
    """The loss of a batch, and the parameters that only the loss has."""
    if objective == "causal":
        return lambda ids: model(input_ids=ids, labels=ids).loss, []
    if objective == "contrastive":
        return lambda ids: contrastive(model, ids), []
    random = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = MaskedHead(model.config.hidden_size)
    loss = {"masked": masked, "everything": everything}[objective]
    return lambda ids: loss(model, head, ids, random), list(head.parameters())


def train(model, batches, *, steps, lr, seed, objective, stop=None, decay=0.01):
    """Train in place. stop, asked after every second step, ends it sooner.
    Returns the number of steps and the first and last loss."""
    loss_of, more = losses(objective, model, seed)
    parameters = [p for p in model.parameters() if p.requires_grad] + more
    optimiser = torch.optim.AdamW(parameters, lr=lr, weight_decay=decay, fused=True)
    seen = []
    for n in range(1, steps + 1):
        for group in optimiser.param_groups:  # five steps of warming up
            group["lr"] = lr * min(1, n / 5)
        loss = loss_of(next(batches))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        seen.append(loss.item())
        if stop and n % 2 == 0 and stop():
            break
    last = seen[-5:]
    return {"steps": n, "first_loss": round(seen[0], 3), "last_loss": round(sum(last) / len(last), 3)}
