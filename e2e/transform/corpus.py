"""Real text to train on: the documentation strings of Python's own library and
of pinned packages, so that the same environment gives the same text."""

import ast
import functools
import importlib.util
import sysconfig
from pathlib import Path

import torch

# Characters of one domain: enough for every run here to see new text throughout.
ENOUGH = 400_000
SHORTEST = 160
BLOCK = 32


def folder(domain):
    if domain == "python":
        return Path(sysconfig.get_path("stdlib"))
    return Path(importlib.util.find_spec(domain).origin).parent


def docstrings(path):
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            text = ast.get_docstring(node)
            if text and len(text) >= SHORTEST:
                yield text


@functools.cache
def texts(domain):
    """The documentation strings of a domain, in the order of their files."""
    found, size = [], 0
    for path in sorted(folder(domain).rglob("*.py")):
        if "site-packages" in path.relative_to(folder(domain)).parts or "test" in path.parts:
            continue
        for text in docstrings(path):
            found.append(text)
            size += len(text)
        if size > ENOUGH:
            break
    return found


@functools.cache
def blocks(domain, tokenizer_file):
    """The text of a domain as a matrix of token ids, BLOCK in a row."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ids = [i for e in tokenizer.encode_batch(texts(domain), add_special_tokens=False) for i in e.ids]
    return torch.tensor(ids[: len(ids) // BLOCK * BLOCK]).view(-1, BLOCK)


def batches(domain, tokenizer_file, size, seed):
    """Batches of blocks for ever, in an order of the seed."""
    data = blocks(domain, tokenizer_file)
    order = torch.Generator().manual_seed(seed)
    while True:
        for rows in torch.randperm(len(data), generator=order).split(size):
            if len(rows) == size:
                yield data[rows]
