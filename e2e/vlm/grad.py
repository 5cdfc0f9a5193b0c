"""Just enough reverse differentiation, with numpy, to train a small transformer.

A V holds a value and how its gradient goes on to what it was made of. Only
values that something trainable went into keep that, so that frozen layers cost
no more than their forward pass.
"""
import numpy as np


class V:
    def __init__(self, value, parents=(), back=None, trained=False):
        self.value, self.grad = value, None
        self.needs = trained or any(p.needs for p in parents)
        self.parents, self.back = (parents, back) if self.needs else ((), None)

    def give(self, grad):
        if self.needs:
            self.grad = grad if self.grad is None else self.grad + grad


def backward(loss):
    order, seen = [], set()

    def visit(v):
        if id(v) not in seen and v.needs:
            seen.add(id(v))
            for p in v.parents:
                visit(p)
            order.append(v)
    visit(loss)
    loss.grad = np.float32(1)
    for v in reversed(order):
        if v.back:
            for p, g in zip(v.parents, v.back(v.grad)):
                if p.needs:
                    p.give(g)


def shrink(grad, shape):
    """Sums a gradient over the axes that were broadcast."""
    grad = grad.sum(tuple(range(grad.ndim - len(shape))))
    return grad.sum(tuple(i for i, n in enumerate(shape) if n == 1 and grad.shape[i] > 1), keepdims=True).reshape(shape)


def add(x, y):
    return V(x.value + y.value, (x, y), lambda g: (shrink(g, x.value.shape), shrink(g, y.value.shape)))


def mul(x, y):
    return V(x.value * y.value, (x, y), lambda g: (shrink(g * y.value, x.value.shape), shrink(g * x.value, y.value.shape)))


def linear(x, w, b=None):
    flat = x.value.reshape(-1, x.value.shape[-1])  # one product, which is much faster than many

    def back(g):
        g = g.reshape(-1, g.shape[-1])
        grads = ((g @ w.value).reshape(x.value.shape) if x.needs else 0, g.T @ flat if w.needs else 0)
        return grads if b is None else grads + (g.sum(0),)
    y = (flat @ w.value.T).reshape(x.value.shape[:-1] + (-1,))
    return V(y, (x, w), back) if b is None else V(y + b.value, (x, w, b), back)


def normalise(x, eps, centre):
    """Divides by the root of the mean square, of x or of x less its mean."""
    a = x.value - x.value.mean(-1, keepdims=True) if centre else x.value
    scale = 1 / np.sqrt((a * a).mean(-1, keepdims=True) + np.float32(eps))
    y = a * scale

    def back(g):
        g = (g - y * (g * y).mean(-1, keepdims=True)) * scale
        return (g - g.mean(-1, keepdims=True) if centre else g,)
    return V(y, (x,), back)


def gelu(x):
    c = np.float32((2 / np.pi) ** 0.5)
    t = np.tanh(c * (x.value + np.float32(0.044715) * x.value ** 3))

    def back(g):
        inner = c * (1 + np.float32(3 * 0.044715) * x.value ** 2)
        return (g * (0.5 * (1 + t) + 0.5 * x.value * (1 - t * t) * inner),)
    return V(0.5 * x.value * (1 + t), (x,), back)


def silu(x):
    s = 1 / (1 + np.exp(-x.value))
    return V(x.value * s, (x,), lambda g: (g * s * (1 + x.value * (1 - s)),))


def split(a, heads):
    return a.reshape(a.shape[0], a.shape[1], heads, -1).transpose(0, 2, 1, 3)


def join(a):
    return a.transpose(0, 2, 1, 3).reshape(a.shape[0], a.shape[2], -1)


def rotate(a, sign=1):
    """Rotary positions, in halves; with sign -1 the other way."""
    n, d = a.shape[-2:]
    angle = np.arange(n, dtype=np.float32)[:, None] * 10000.0 ** (-np.arange(0, d, 2, dtype=np.float32) / d)
    angle = np.concatenate([angle, angle], -1).astype(np.float32)
    half = np.concatenate([-a[..., d // 2:], a[..., :d // 2]], -1)
    return a * np.cos(angle) + sign * half * np.sin(angle)


def attention(q, k, v, heads, causal):
    a, b, c = (split(x.value, heads) for x in (q, k, v))
    if causal:
        a, b = rotate(a), rotate(b)
    root = np.float32(a.shape[-1] ** -0.5)
    score = a @ b.transpose(0, 1, 3, 2) * root
    if causal:
        score += np.triu(np.full(score.shape[-2:], -1e9, np.float32), 1)
    p = np.exp(score - score.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)

    def back(g):
        g = split(g, heads)
        dp = g @ c.transpose(0, 1, 3, 2)
        ds = p * (dp - (dp * p).sum(-1, keepdims=True)) * root
        da, db = ds @ b, ds.transpose(0, 1, 3, 2) @ a
        if causal:
            da, db = rotate(da, -1), rotate(db, -1)
        return join(da), join(db), join(p.transpose(0, 1, 3, 2) @ g)
    return V(join(p @ c), (q, k, v), back)


def embed(w, ids):
    def back(g):
        grad = np.zeros_like(w.value)
        np.add.at(grad, ids, g)
        return (grad,)
    return V(w.value[ids], (w,), back)


def after(x, y):
    """Two sequences, one after the other."""
    n = x.value.shape[1]
    return V(np.concatenate([x.value, y.value], 1), (x, y), lambda g: (g[:, :n], g[:, n:]))


def cut(x, start):
    """A sequence without its beginning."""
    def back(g):
        grad = np.zeros_like(x.value)
        grad[:, start:] = g
        return (grad,)
    return V(x.value[:, start:], (x,), back)


def cross_entropy(x, wanted):
    p = np.exp(x.value - x.value.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    rows = p.reshape(-1, p.shape[-1])
    picked = rows[np.arange(len(rows)), wanted.ravel()]

    def back(g):
        d = rows.copy()
        d[np.arange(len(rows)), wanted.ravel()] -= 1
        return ((g * d / len(rows)).reshape(p.shape),)
    return V(np.float32(-np.log(picked + 1e-9).mean()), (x,), back)


class Adam:
    """AdamW for lists of (values, learning rate)."""

    def __init__(self, groups):
        self.groups, self.step = groups, 0
        self.state = {}

    def update(self):
        self.step += 1
        for values, rate in self.groups:
            for v in values:
                if v.grad is None:
                    continue
                m, s = self.state.setdefault(id(v), [np.zeros_like(v.value), np.zeros_like(v.value)])
                m += (v.grad - m) * np.float32(0.1)
                s += (v.grad ** 2 - s) * np.float32(0.001)
                correct = (1 - 0.999 ** self.step) ** 0.5 / (1 - 0.9 ** self.step)
                v.value = v.value * np.float32(1 - rate * 0.01) - np.float32(rate * correct) * m / (np.sqrt(s) + np.float32(1e-8))
                v.grad = None
