"""Make transformed models, by the real libraries, and say what is true of them.

    python make.py OUT MINILM

OUT gets a folder for each model under index/ and rows/, and truth.json: what
each was made of and how, how far its weights moved, and which verdict and which
parents a comparison with the models in index/ must give. MINILM is the folder of
all-MiniLM-L6-v2 as published. A model that is there already is not made again.

Nothing here is random but by a fixed seed. The last bits of trained weights
still depend on the processor, so truth.json records what was measured.
"""

import importlib.metadata
import os
import sys
import time
import warnings
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive", "TRANSFORMERS_VERBOSITY": "error"}
warnings.filterwarnings("ignore")

import torch  # noqa: E402
import transformers  # noqa: E402

import encoder_rows  # noqa: E402
import ggufs  # noqa: E402
import quantised_rows  # noqa: E402
from decoder_rows import Decoders  # noqa: E402
from encoders import Encoders  # noqa: E402
from store import Store  # noqa: E402

LIBRARIES = ["torch", "transformers", "peft", "bitsandbytes", "safetensors", "gguf", "onnx", "onnxruntime"]


def main(out, minilm):
    # One thread: on shared cores PyTorch's threads mostly wait for each other.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.utils.logging.disable_progress_bar()
    start = time.time()
    store, ggml = Store(out), ggufs.library(sys.prefix)
    e = Encoders(store, Path(minilm))
    for part in (encoder_rows.index, encoder_rows.fine_tunes, encoder_rows.strangers, encoder_rows.containers,
                 encoder_rows.structure, encoder_rows.reordered, quantised_rows.hub, quantised_rows.exports):
        part(e)
    quantised_rows.files(e, ggml)
    d = Decoders(store, e.tokenizer, ggml)
    d.index()
    d.rows()
    store.truth(libraries={p: importlib.metadata.version(p) for p in LIBRARIES})
    print(f"made in {time.time() - start:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
