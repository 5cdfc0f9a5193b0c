"""Second moments of the inputs of linear layers on real text, which GPTQ, AWQ
and the importance matrices of GGUF need."""

import torch
from torch import nn


@torch.no_grad()
def moments(model, batches, count=8):
    """For each linear layer the mean of x x^T of its inputs x."""
    sums, hooks = {}, []

    def hook(name):
        def see(_, inputs):
            x = inputs[0].reshape(-1, inputs[0].shape[-1]).double()
            h, n = sums.get(name, (0, 0))
            sums[name] = (h + x.T @ x, n + len(x))
        return see

    for name, m in model.named_modules():
        if isinstance(m, nn.Linear):
            hooks.append(m.register_forward_pre_hook(hook(name)))
    for _ in range(count):
        model(input_ids=next(batches))
    for h in hooks:
        h.remove()
    return {name: (h / n).float() for name, (h, n) in sums.items()}
