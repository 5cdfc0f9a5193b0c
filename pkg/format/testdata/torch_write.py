"""Writes PyTorch files of every kind into a folder, and truth.json: for each
file its tensors by name, with dtype, shape and the bytes of their values in
row-major order as hexadecimal.

    python3 torch_write.py FOLDER [FILE.pt ...]

Further files are loaded and only told about in truth.json. They are unpickled
without restriction: name none that is not trusted.
"""
import collections, ctypes, io, json, os, pickle, struct, sys, tarfile
import torch
from torch import nn

out = sys.argv[1]
truth = {}
DTYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64", "int32": "I32",
    "int16": "I16", "int8": "I8", "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64", "bool": "BOOL",
    "complex64": "C64", "complex128": "C128", "complex32": "C32",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ", "float8_e8m0fnu": "F8_E8M0",
    "qint8": "I8", "quint8": "U8", "qint32": "I32",
}


def raw(t):
    """The bytes of a tensor's values in row-major order."""
    t = t.detach()
    if t.is_quantized:
        t = t.int_repr()
    t = t.clone(memory_format=torch.contiguous_format).contiguous()
    return ctypes.string_at(t.data_ptr(), t.numel() * t.element_size()) if t.numel() else b""


def flatten(value, name=""):
    if isinstance(value, torch.Tensor):
        yield name or "tensor", value
    elif isinstance(value, nn.Module):
        yield from flatten(dict(value.state_dict(keep_vars=True)), name)
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from flatten(v, f"{name}.{k}" if name else str(k))
    elif isinstance(value, (list, tuple)):
        for i, v in enumerate(value):
            yield from flatten(v, f"{name}.{i}" if name else str(i))


def tell(file, value):
    truth[file] = [
        {"name": n, "dtype": DTYPES[str(t.dtype)[6:]], "shape": list(t.shape), "data": raw(t).hex()}
        for n, t in flatten(value)]


def save(file, value, told=None, **options):
    torch.save(value, os.path.join(out, file), **options)
    tell(file, value if told is None else told)


def load(path):
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except TypeError:  # before 1.13
        return torch.load(path, map_location="cpu")


def of(dtype, *shape):
    n = 1
    for d in shape:
        n *= d
    t = torch.arange(1, n + 1)
    if dtype.startswith("float8_e8m0"):
        return (t % 200).to(torch.uint8).view(getattr(torch, dtype)).reshape(shape)
    if dtype == "bool":
        return (t % 3 == 0).reshape(shape)
    if dtype.startswith("complex"):
        return torch.complex(t.float(), -t.float() / 3).to(getattr(torch, dtype)).reshape(shape)
    if "float" in dtype:
        return (t.double() / 7 - 1).to(torch.float32).to(getattr(torch, dtype)).reshape(shape)
    return t.to(getattr(torch, dtype)).reshape(shape)


def every_dtype():
    d = collections.OrderedDict()
    for name in DTYPES:
        if hasattr(torch, name) and not name.startswith("q"):
            try:
                d[f"t.{name}"] = of(name, 2, 5)
                raw(d[f"t.{name}"])
                torch.save(d[f"t.{name}"], io.BytesIO())
            except (KeyError, RuntimeError, NotImplementedError) as e:
                d.pop(f"t.{name}", None)
                print("left out", name, e, file=sys.stderr)
    d["scalar"] = torch.tensor(2.5)
    d["empty"] = torch.empty(0, 7)
    return d


def views():
    base = of("float32", 6, 8)
    tied = of("float16", 3, 4)
    return collections.OrderedDict([
        ("base", base), ("rows", base[2:5]), ("row", base[3]), ("columns", base[:, 2:5]), ("transposed", base.t()),
        ("every_other", base[::2, ::3]), ("diagonal", torch.diagonal(base)), ("expanded", base[1:2].expand(4, 8)),
        ("scalar", base[4, 4]), ("nothing", base[6:]), ("permuted", of("int16", 2, 3, 4).permute(2, 0, 1)),
        ("unfolded", of("float32", 10).unfold(0, 4, 2)), ("one", base[2:3, 1:2]),
        ("channels_last", of("float32", 2, 3, 4, 5).to(memory_format=torch.channels_last)),
        ("tied.a", tied), ("tied.b", tied), ("tied.part", tied[1:]),
    ])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.blocks = nn.ModuleList([nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)])
        self.register_buffer("table", torch.arange(5))
        self.tied = self.first

    def forward(self, x):
        return self.first(x)


def nested(net):
    optimizer = torch.optim.Adam(net.parameters())
    net.first(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3, "model": collections.OrderedDict(("module." + k, v) for k, v in net.state_dict().items()),
        "optimizer": optimizer.state_dict(), "history": [torch.ones(2), (torch.zeros(1), None, "x")], 7: torch.ones(3),
        "args": {"lr": 1e-3, "device": torch.device("cpu"), "shape": torch.Size([1, 2])},
    }


def tar(file):
    """An archive of PyTorch before 0.1.10, which torch.load still reads."""
    data = struct.pack("<6f", 1, 2, 3, 4, 5, 6)
    storages = pickle.dumps(1, 2) + pickle.dumps(("100", "cpu", torch.FloatStorage), 2) + struct.pack("<q", 6) + data
    storages += pickle.dumps([("101", "100", 2, 4)], 2)
    tensors = pickle.dumps(2, 2)
    for key, storage, size, stride, offset in [(5, "100", (2, 3), (3, 1), 0), (6, "101", (2, 2), (1, 2), 0)]:
        tensors += pickle.dumps((key, storage, torch.FloatTensor), 2)
        tensors += struct.pack("<ii", len(size), 0) + struct.pack("<2q", *size) + struct.pack("<2q", *stride) + struct.pack("<q", offset)

    class Pickler(pickle._Pickler):
        def persistent_id(self, o):
            return str(o.key) if isinstance(o, Key) else None

    class Key:
        def __init__(self, key):
            self.key = key

    b = io.BytesIO()
    Pickler(b, 2).dump(collections.OrderedDict([("weight", Key(5)), ("view", Key(6))]))
    with tarfile.open(os.path.join(out, file), "w:", format=tarfile.PAX_FORMAT) as t:
        for name, content in [("sys_info", pickle.dumps({"protocol_version": 1000}, 2)), ("pickle", b.getvalue()), ("tensors", tensors), ("storages", storages)]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            t.addfile(info, io.BytesIO(content))
    tell(file, load(os.path.join(out, file)))


def script(file):
    net = Net()
    net.tied = None
    del net.tied
    net.eval()
    scripted = torch.jit.script(net)
    scripted.save(os.path.join(out, file))
    tell(file, dict(scripted.state_dict()))


def main():
    torch.manual_seed(1)
    d, v, net = every_dtype(), views(), Net()
    for kind, options in [("zip", {}), ("legacy", {"_use_new_zipfile_serialization": False})]:
        save(f"dtypes-{kind}.pt", d, **options)
        save(f"views-{kind}.pt", v, **options)
        save(f"nested-{kind}.pt", nested(net), **options)
        save(f"module-{kind}.pt", net, **options)
        save(f"tensor-{kind}.pt", of("float32", 2, 2), **options)
        save(f"protocol4-{kind}.pt", d, pickle_protocol=4, **options)
        save(f"parameters-{kind}.pt", list(net.parameters()), **options)
        save(f"nothing-{kind}.bin", {"lr": 1e-3, "names": ["a"]}, **options)
        q = torch.quantize_per_tensor(of("float32", 3, 4), 0.1, 3, torch.qint8)
        save(f"quantised-{kind}.pt", {"q": q, "plain": of("float32", 2)}, **options)
        s = torch.eye(3).to_sparse()
        save(f"sparse-{kind}.pt", {"s": s}, told={"s": {"indices": s._indices(), "values": s._values()}}, **options)
    tar("tar.pt")
    script("script.pt")
    for path in sys.argv[2:]:
        try:
            tell(path, dict(torch.jit.load(path, map_location="cpu").state_dict()))
        except RuntimeError:
            tell(path, load(path))
    with open(os.path.join(out, "truth.json"), "w") as f:
        json.dump({"torch": torch.__version__, "files": truth}, f)


main()
