"""Prints what picklescan, fickling and modelscan say of files, as JSON.

    scan.py FILE...

One line for each file: {"file": ..., "picklescan": ..., "fickling": ..., "modelscan": ...}.
A verdict is "clean", "suspicious", "dangerous", or "error" when the tool failed, used
more than 4 GiB, or took longer than a minute. Every scan runs in a process of its own.
Nothing is loaded: all three tools read opcodes.
"""

import json
import multiprocessing
import os
import queue
import resource
import sys

LIMIT = 4 << 30
SECONDS = 60


def picklescan(path):
    from picklescan.scanner import scan_file_path

    result = scan_file_path(path)
    if result.issues_count or result.infected_files:
        return "dangerous"
    suspicious = [g for g in result.globals if g.safety.value == "suspicious"]
    if suspicious:
        return "suspicious"
    return "error" if result.scan_err else "clean"


def fickling(path):
    import zipfile

    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    data = []
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            data = [archive.read(n) for n in archive.namelist() if n.endswith(".pkl")]
    else:
        with open(path, "rb") as f:
            data = [f.read()]
    worst = Severity.LIKELY_SAFE
    for d in data:
        for pickled in StackedPickle.load(d):
            worst = max(worst, check_safety(pickled).severity)
    if worst >= Severity.LIKELY_UNSAFE:
        return "dangerous"
    return "suspicious" if worst > Severity.LIKELY_SAFE else "clean"


def modelscan(path):
    from modelscan.modelscan import ModelScan

    report = ModelScan().scan(path)
    if report["summary"]["total_issues"]:
        return "dangerous"
    if report["errors"]:
        return "error"
    return "clean" if report["summary"]["scanned"]["total_scanned"] else "skipped"


TOOLS = {"picklescan": picklescan, "fickling": fickling, "modelscan": modelscan}


def child(name, path, out):
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        out.put(TOOLS[name](path))
    except BaseException:  # the tools raise what they like
        out.put("error")


def scan(name, path):
    out = multiprocessing.Queue()
    p = multiprocessing.Process(target=child, args=(name, path, out))
    p.start()
    try:
        verdict = out.get(timeout=SECONDS)
    except queue.Empty:
        verdict = "error"
        p.kill()
    p.join()
    return verdict


if __name__ == "__main__":
    import fickling.analysis  # noqa: F401  once, before forking
    import modelscan.modelscan  # noqa: F401
    import picklescan.scanner  # noqa: F401

    for file in sys.argv[1:]:
        print(json.dumps({"file": file, **{n: scan(n, file) for n in TOOLS}}), flush=True)
