"""Makes a vision-language model whose vision encoder is somebody else's, undeclared.

    make.py ONNX DIR      with onnx and numpy

It takes the vision transformer (DINOv2 ViT-S/14) out of an ONNX file and gives
its tensors the names and the orientation that checkpoints of PyTorch have. A
small decoder of the llama type learns captions from scratch (DIR/llama-base, and
DIR/llama-other from another seed). Then encoder, projector and decoder learn to
caption pictures of shapes together, with the encoder's embeddings and its first
seven layers frozen. What comes out is DIR/vlm in F32 and DIR/vlm-bf16, laid out
as LLaVA is, with nothing that says where any of it is from. DIR/truth.json holds
what was measured on the tensors while they were at hand.
"""
import json
import os
import struct
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # with others on the machine, threads wait for each other for most of the time

import numpy as np  # noqa: E402

import grad  # noqa: E402
from grad import V  # noqa: E402

WIDTH, HEADS, LAYERS, FROZEN = 384, 6, 12, 7                   # the encoder
VOCAB, DIM, LM_HEADS, LM_LAYERS, HIDDEN = 256, 128, 4, 4, 352  # the decoder
SIDE, PATCH, TEXT = 98, 14, 36                                 # pixels, pixels, bytes of a caption
LM_STEPS, STEPS, BATCH = 60, 16, 4


def save(tensors, path, dtype="F32"):
    """Writes safetensors (huggingface/safetensors, README "Format")."""
    header, at, body = {"__metadata__": {"format": "pt"}}, 0, []
    for name, a in sorted(tensors.items()):
        a = np.ascontiguousarray(a, np.float32)
        data = a.tobytes()
        if dtype == "BF16":  # to the nearest, ties to even
            bits = a.view(np.uint32)
            data = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).tobytes()
        header[name] = {"dtype": dtype, "shape": list(a.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        body.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.writelines(body)


def encoder(source):
    """The encoder's tensors. A matrix without a name gets that of the bias that
    is added to its product."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(source).graph
    arrays = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    users = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    out = {n.removeprefix("backbone."): a for n, a in arrays.items() if n.startswith("backbone.")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in arrays:
            bias, = (n for user in users[node.output[0]] for n in user.input if n in arrays)
            out[bias.removeprefix("backbone.").removesuffix("bias") + "weight"] = arrays[node.input[1]].T.copy()
        if node.name == "/backbone/embeddings/Concat_6":
            first = arrays[node.input[0]]
    rest, = (a for a in arrays.values() if a.shape == (1, 37 * 37, WIDTH))
    out["embeddings.position_embeddings"] = np.concatenate([first, rest], axis=1)
    return out


def captions(count, seed, encode=None):
    """Pictures of one coloured shape, and what they show: bytes, or what encode
    makes of the text."""
    rng = np.random.default_rng(seed)
    colours = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "yellow": (1, 1, 0), "white": (1, 1, 1)}
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    pictures, texts = [], []
    for _ in range(count):
        colour = rng.choice(list(colours))
        shape, size = rng.choice(["circle", "square", "bar"]), int(rng.integers(14, 28))
        cy, cx = (int(v) for v in rng.integers(size, SIDE - size, 2))
        inside = {"circle": (y - cy) ** 2 + (x - cx) ** 2 < size ** 2,
                  "square": (abs(y - cy) < size) & (abs(x - cx) < size),
                  "bar": (abs(y - cy) < size // 3) & (abs(x - cx) < size)}[shape]
        pictures.append(rng.normal(0, 0.1, (3, SIDE, SIDE)) + inside * (np.array(colours[colour])[:, None, None] * 2 - 0.5))
        where = ("upper" if cy < SIDE // 2 else "lower") + (" left" if cx < SIDE // 2 else " right")
        text = f"a {colour} {shape} in the {where}\n"
        texts.append(encode(text) if encode else np.frombuffer(text.encode().ljust(TEXT, b"\n")[:TEXT], np.uint8))
    return np.stack(pictures).astype(np.float32), np.stack(texts).astype(np.int64)


def layer_norm(w, name, x):
    return grad.add(grad.mul(grad.normalise(x, 1e-6, True), w[name + ".weight"]), w[name + ".bias"])


def embed_patches(w, pictures):
    """What frozen embeddings make of pictures."""
    n, side = len(pictures), SIDE // PATCH
    x = cut_patches(pictures) @ w["embeddings.patch_embeddings.projection.weight"].value.reshape(WIDTH, -1).T
    x += w["embeddings.patch_embeddings.projection.bias"].value
    place = w["embeddings.position_embeddings"].value
    grid = place[:, 1:].reshape(37, 37, WIDTH)[2::5, 2::5][:side, :side].reshape(1, side * side, WIDTH)
    first = np.broadcast_to(w["embeddings.cls_token"].value + place[:, :1], (n, 1, WIDTH))
    return V(np.concatenate([first, x + grid], 1).astype(np.float32))


def cut_patches(pictures):
    n, side = len(pictures), SIDE // PATCH
    return pictures.reshape(n, 3, side, PATCH, side, PATCH).transpose(0, 2, 4, 1, 3, 5).reshape(n, side * side, -1)


def see(w, x, layers=LAYERS, heads=HEADS):
    """The encoder: embedded patches to one vector for each of them."""
    for i in range(layers):
        p = f"encoder.layer.{i}."

        def linear(name, x):
            return grad.linear(x, w[p + name + ".weight"], w[p + name + ".bias"])
        h = layer_norm(w, p + "norm1", x)
        h = grad.attention(*(linear("attention.attention." + n, h) for n in ("query", "key", "value")), heads, False)
        x = grad.add(x, grad.mul(linear("attention.output.dense", h), w[p + "layer_scale1.lambda1"]))
        h = linear("mlp.fc2", grad.gelu(linear("mlp.fc1", layer_norm(w, p + "norm2", x))))
        x = grad.add(x, grad.mul(h, w[p + "layer_scale2.lambda1"]))
    return grad.cut(layer_norm(w, "layernorm", x), 1)


def decoder(seed, dim=DIM, layers=LM_LAYERS, hidden=HIDDEN):
    """The tensors of an untrained decoder of the llama type."""
    rng = np.random.default_rng(seed)

    def random(*shape):
        return rng.normal(0, 0.04, shape)
    w = {"model.embed_tokens.weight": random(VOCAB, dim), "lm_head.weight": random(VOCAB, dim), "model.norm.weight": np.ones(dim)}
    for i in range(layers):
        p = f"model.layers.{i}."
        for name in "qkvo":
            w[p + f"self_attn.{name}_proj.weight"] = random(dim, dim)
        for name, shape in (("gate", (hidden, dim)), ("up", (hidden, dim)), ("down", (dim, hidden))):
            w[p + f"mlp.{name}_proj.weight"] = random(*shape)
        w[p + "input_layernorm.weight"], w[p + "post_attention_layernorm.weight"] = np.ones(dim), np.ones(dim)
    return {n: V(a.astype(np.float32), trained=True) for n, a in w.items()}


def write(w, x):
    """The decoder: vectors to scores of the next byte."""
    def norm(name, x):
        return grad.mul(grad.normalise(x, 1e-5, False), w[name + ".weight"])
    for i in range(sum(name.endswith(".input_layernorm.weight") for name in w)):
        p = f"model.layers.{i}."
        h = norm(p + "input_layernorm", x)
        h = grad.attention(*(grad.linear(h, w[p + f"self_attn.{n}_proj.weight"]) for n in "qkv"), LM_HEADS, True)
        x = grad.add(x, grad.linear(h, w[p + "self_attn.o_proj.weight"]))
        h = norm(p + "post_attention_layernorm", x)
        h = grad.mul(grad.silu(grad.linear(h, w[p + "mlp.gate_proj.weight"])), grad.linear(h, w[p + "mlp.up_proj.weight"]))
        x = grad.add(x, grad.linear(h, w[p + "mlp.down_proj.weight"]))
    return grad.linear(norm("model.norm", x), w["lm_head.weight"])


def learn_text(w, seed, encode=None, batch=16, rate=2e-3):
    """Trains a decoder on captions, and returns the losses."""
    adam, losses = grad.Adam([(w.values(), rate)]), []
    for step in range(LM_STEPS):
        _, texts = captions(batch, [seed, step], encode)
        loss = grad.cross_entropy(write(w, grad.embed(w["model.embed_tokens.weight"], texts[:, :-1])), texts[:, 1:])
        grad.backward(loss)
        adam.update()
        losses.append(float(loss.value))
    return losses


def frozen(name):
    parts = name.split(".")
    return parts[0] == "embeddings" or parts[0] == "encoder" and int(parts[2]) < FROZEN


def projector(seed, width, dim=DIM):
    """The tensors of an untrained projector from an encoder of that width."""
    rng = np.random.default_rng(seed)
    shapes = {"linear_1.weight": (dim, width), "linear_1.bias": (dim,), "linear_2.weight": (dim, dim), "linear_2.bias": (dim,)}
    return {n: V((rng.normal(0, 0.05, s) if len(s) > 1 else np.zeros(s)).astype(np.float32), trained=True) for n, s in shapes.items()}


def caption_loss(join, lm, seen, texts):
    """How badly captions are told from what the encoder saw."""
    seen = grad.linear(seen, join["linear_1.weight"], join["linear_1.bias"])
    seen = grad.linear(grad.gelu(seen), join["linear_2.weight"], join["linear_2.bias"])
    x = grad.after(seen, grad.embed(lm["model.embed_tokens.weight"], texts[:, :-1]))
    return grad.cross_entropy(grad.cut(write(lm, x), seen.value.shape[1]), texts[:, 1:])


def learn_pictures(vision, lm):
    """Trains all three parts together, and returns the projector."""
    join = projector(7, WIDTH)
    adam = grad.Adam([([v for v in vision.values() if v.needs], 1e-4), (join.values(), 1e-3), (lm.values(), 5e-4)])
    losses = []
    for step in range(STEPS):
        pictures, texts = captions(BATCH, [1000, step])
        loss = caption_loss(join, lm, see(vision, embed_patches(vision, pictures)), texts)
        grad.backward(loss)
        adam.update()
        losses.append(float(loss.value))
    return join, losses


TEXT_CONFIG = {"model_type": "llama", "hidden_size": DIM, "intermediate_size": HIDDEN, "num_hidden_layers": LM_LAYERS,
               "num_attention_heads": LM_HEADS, "num_key_value_heads": LM_HEADS, "vocab_size": VOCAB, "rms_norm_eps": 1e-05,
               "hidden_act": "silu", "max_position_embeddings": 256, "tie_word_embeddings": False}
LLAMA = {"architectures": ["LlamaForCausalLM"], **TEXT_CONFIG}
LLAVA = {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "projector_hidden_act": "gelu",
         "image_token_index": 0, "vision_feature_layer": -1,
         "vision_config": {"model_type": "dinov2", "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
                           "num_attention_heads": HEADS, "mlp_ratio": 4, "patch_size": PATCH, "image_size": 518},
         "text_config": TEXT_CONFIG}


def repository(path, config, tensors, dtype="F32"):
    os.makedirs(path)
    with open(os.path.join(path, "config.json"), "w") as f:
        json.dump(config, f, indent=1)
    save(tensors, os.path.join(path, "model.safetensors"), dtype)


def values(tensors, prefix=""):
    return {prefix + n: v.value for n, v in tensors.items()}


def measure(before, after):
    """What happened to the matrices: the share of their elements in unchanged
    ones, the distance, and the agreement of signs about the median of every 32."""
    same = size = agree = bits = 0
    moved = base = 0.0
    for name, a in after.items():
        b = before[name]
        if max(a.shape) == a.size:
            continue
        size += a.size
        same += a.size if np.array_equal(a, b) else 0
        moved += float(((a - b).astype(np.float64) ** 2).sum())
        base += float((b.astype(np.float64) ** 2).sum())
        wa, wb = (t.ravel()[:t.size // 32 * 32].reshape(-1, 32) for t in (a, b))
        s = np.sign(wa - np.median(wa, 1, keepdims=True)) * np.sign(wb - np.median(wb, 1, keepdims=True))
        agree, bits = agree + int((s > 0).sum()), bits + int((s != 0).sum())
    return {"elements": size, "frozen": same / size, "delta": (moved / base) ** 0.5, "bits": bits, "agreement": agree / bits}


def main(source, out):
    before = encoder(source)
    vision = {n: V(a, trained=not frozen(n)) for n, a in before.items()}
    other = decoder(2)
    other_losses = learn_text(other, 2)
    repository(os.path.join(out, "llama-other"), LLAMA, values(other))
    lm = decoder(1)
    lm_losses = learn_text(lm, 1)
    base = values(lm)
    repository(os.path.join(out, "llama-base"), LLAMA, base)
    join, losses = learn_pictures(vision, lm)
    tensors = {**values(vision, "vision_tower."), **values(join, "multi_modal_projector."), **values(lm, "language_model.")}
    repository(os.path.join(out, "vlm"), LLAVA, tensors)
    repository(os.path.join(out, "vlm-bf16"), LLAVA, tensors, "BF16")
    truth = {"vision": measure(before, values(vision)), "language": measure(base, values(lm)), "unrelated": measure(values(other), values(lm)),
             "losses": {"other": other_losses[::LM_STEPS - 1], "base": lm_losses[::LM_STEPS - 1], "together": losses[::STEPS - 1]}}
    with open(os.path.join(out, "truth.json"), "w") as f:
        json.dump(truth, f, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
