"""Quantised checkpoints in the layouts of GPTQ, AWQ, 8-bit integers and 8-bit
floats. The algorithms are written from their papers; libraries that do this need
a GPU."""

import torch

GROUP = 128
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)  # of the eight values in a word


def grid(w, bits=4, symmetric=False):
    """Scale and zero of each row of w."""
    top = 2**bits - 1
    low, high = w.amin(1).clamp(max=0), w.amax(1).clamp(min=0)
    if symmetric:
        high = torch.maximum(high, -low)
        low = -high
    scale = ((high - low) / top).clamp(min=1e-8).half().float()
    zero = torch.full_like(scale, 2 ** (bits - 1)) if symmetric else (-low / scale).round().clamp(0, top)
    return scale, zero


def to_grid(w, scale, zero, bits=4):
    return (w / scale[:, None] + zero[:, None]).round().clamp(0, 2**bits - 1)


def gptq(w, h, act_order=False, damp=0.01):
    """Optimal Brain Quantisation column by column: the error of a column is made
    up for in those that follow. Returns integers [out, in], scales and zeros
    [groups, out], and the group of each input."""
    rows, cols = w.shape
    w, h = w.clone().double(), h.clone().double()
    order = h.diag().argsort(descending=True) if act_order else torch.arange(cols)
    w, h = w[:, order], h[order][:, order]
    h += torch.eye(cols, dtype=h.dtype) * damp * h.diag().mean()
    upper = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    q, scales, zeros = torch.zeros_like(w), [], []
    for start in range(0, cols, GROUP):
        end = min(start + GROUP, cols)
        scale, zero = grid(w[:, start:end].float(), symmetric=True)
        scales.append(scale)
        zeros.append(zero)
        block, errors = w[:, start:end].clone(), torch.zeros(rows, end - start, dtype=w.dtype)
        for i in range(end - start):
            d = upper[start + i, start + i]
            qi = to_grid(block[:, i : i + 1].float(), scale, zero)[:, 0].double()
            q[:, start + i] = qi
            e = (block[:, i] - (qi - zero) * scale) / d
            block[:, i:] -= e[:, None] * upper[start + i, start + i : end]
            errors[:, i] = e
        w[:, end:] -= errors @ upper[start:end, end:]
    back = order.argsort()
    groups = (torch.arange(cols) // GROUP)[back].int()
    return q[:, back].int(), torch.stack(scales), torch.stack(zeros).int(), groups


def pack(values, dim):
    """Eight 4-bit values to a word along dim, the first lowest."""
    values = values.movedim(dim, -1)
    words = values.reshape(*values.shape[:-1], -1, 8).long()
    packed = (words << (4 * torch.arange(8))).sum(-1)
    return (packed & 0xFFFFFFFF).sub(((packed >> 31) & 1) << 32).int().movedim(-1, dim).contiguous()


def interleave(values):
    """AWQ's order of the values in a word, along the last dimension."""
    words = values.reshape(*values.shape[:-1], -1, 8)
    return words[..., list(AWQ_ORDER)].reshape(values.shape)


def gptq_tensors(stem, w, h, act_order):
    q, scales, zeros, groups = gptq(w, h, act_order)
    return {f"{stem}.qweight": pack(q.T.contiguous(), 0), f"{stem}.qzeros": pack(zeros - 1, 1),
            f"{stem}.scales": scales.half(), f"{stem}.g_idx": groups}


def awq_tensors(stem, w):
    """w is scaled already."""
    rows, cols = w.shape
    parts = [grid(w[:, i : i + GROUP]) for i in range(0, cols, GROUP)]
    q = torch.cat([to_grid(w[:, i * GROUP : (i + 1) * GROUP], s, z) for i, (s, z) in enumerate(parts)], 1)
    scales, zeros = torch.stack([s for s, _ in parts]), torch.stack([z for _, z in parts])
    return {f"{stem}.qweight": pack(interleave(q.T.int().contiguous()), 1),
            f"{stem}.qzeros": pack(interleave(zeros.int()), 1), f"{stem}.scales": scales.half()}


def awq_scales(h, power=0.5):
    """How much each input's columns are stretched: more where activations are
    large, as AWQ chooses it."""
    s = h.diag().sqrt().clamp(min=1e-4) ** power
    return s / (s.max() * s.min()).sqrt()


def int8_rows(stem, w):
    scale = (w.abs().amax(1, keepdim=True) / 127).clamp(min=1e-8)
    return {f"{stem}.weight": (w / scale).round().clamp(-127, 127).to(torch.int8), f"{stem}.weight_scale": scale}


def fp8_tensor(stem, w):
    scale = w.abs().max() / 448
    return {f"{stem}.weight": (w / scale).to(torch.float8_e4m3fn), f"{stem}.weight_scale": scale.reshape(1)}


def fp8_blocks(stem, w, size=128):
    """The layout of DeepSeek-V3: a scale for each block, to be multiplied by."""
    rows, cols = w.shape
    scale = torch.zeros(-(-rows // size), -(-cols // size))
    q = torch.empty(rows, cols, dtype=torch.float8_e4m3fn)
    for i in range(scale.shape[0]):
        for j in range(scale.shape[1]):
            at = slice(i * size, (i + 1) * size), slice(j * size, (j + 1) * size)
            scale[i, j] = w[at].abs().max() / 448
            q[at] = (w[at] / scale[i, j]).to(torch.float8_e4m3fn)
    return {f"{stem}.weight": q, f"{stem}.weight_scale_inv": scale}


def unpack(words, dim):
    values = (words.movedim(dim, -1).long()[..., None] >> (4 * torch.arange(8))) & 15
    return values.flatten(-2).movedim(-1, dim)


def restored(stem, t):
    """The matrix that a loader would multiply with, from the stored tensors
    alone, to measure how far rounding moved it."""
    if stem + ".g_idx" in t:
        group = t[stem + ".g_idx"].long()
        q, z = unpack(t[stem + ".qweight"], 0), unpack(t[stem + ".qzeros"], 1) + 1
        return ((q - z[group]) * t[stem + ".scales"].float()[group]).T
    if stem + ".qweight" in t:
        back = torch.tensor(AWQ_ORDER).argsort()
        order = lambda v: v.reshape(len(v), -1, 8)[..., back].reshape(len(v), -1)
        q, z = order(unpack(t[stem + ".qweight"], 1)), order(unpack(t[stem + ".qzeros"], 1))
        group = torch.arange(len(q)) // GROUP
        return ((q - z[group]) * t[stem + ".scales"].float()[group]).T
    w = t[stem + ".weight"].float()
    if stem + ".weight_scale_inv" in t:
        scale = t[stem + ".weight_scale_inv"].repeat_interleave(128, 0).repeat_interleave(128, 1)
        return w * scale[: w.shape[0], : w.shape[1]]
    return w * t[stem + ".weight_scale"]
