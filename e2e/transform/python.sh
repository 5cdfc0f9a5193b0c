#!/bin/bash
# Make a Python with the real libraries that make.py transforms models with, in
# the folder given, and print nothing but errors. It takes 6 GB: the registry's
# PyTorch cannot be loaded without its CUDA libraries, which nothing here uses.
# The quantisers of GGUF's K and IQ types, which the gguf package lacks, come as
# a built library out of an npm package; without npm these models are left out
# and truth.json says so.
set -euo pipefail
dir="$1"
packages=(torch==2.15.0 transformers==5.23.0 peft==0.21.2 accelerate==1.15.0 bitsandbytes==0.50.2
	safetensors==0.8.0 gguf==0.19.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0)
ggml=@node-llama-cpp/linux-x64@3.22.1
ggml_sha256=0d953e1503d5ab4608d8ed5b739132308c81ac05ffeb760d2a7f30e08a9f90e0
stamp="$dir/$(printf '%s ' "${packages[@]}" "$ggml" | sha256sum | cut -c1-16).complete"
[ -e "$stamp" ] && exit 0
rm -rf "$dir"
python3 -m venv "$dir"
"$dir/bin/pip" install -q --disable-pip-version-check "${packages[@]}"
if command -v npm >/dev/null; then
	mkdir "$dir/ggml"
	cd "$dir/ggml"
	npm pack --silent --ignore-scripts "$ggml" >/dev/null
	archive="$(ls ./*.tgz)"
	echo "$ggml_sha256  $archive" | sha256sum --check --quiet
	tar -xzf "$archive" --strip-components=3 package/bins/linux-x64/libggml-base.so
	rm "$archive"
fi
touch "$stamp"
