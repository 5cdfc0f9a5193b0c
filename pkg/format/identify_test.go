package format

import (
	"encoding/binary"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	const large = 10 << 20
	zip := func(entry string) string {
		b := append([]byte("PK\x03\x04"), make([]byte, 26)...)
		binary.LittleEndian.PutUint16(b[26:], uint16(len(entry)))
		return string(b) + entry + "\x80\x02"
	}
	tar := func(entry string) string {
		return entry + strings.Repeat("\x00", 257-len(entry)) + "ustar\x0000"
	}
	hdf5 := "\x89HDF\r\n\x1a\n\x00"
	st := string(safetensorsFile(`{"a":{}}`, 0))
	gguf := string(newGGUF(0, 0).b)
	binaryData := "\x00\x01\x02\xff\xfe"
	tests := []struct {
		name, head, id string
		size           int64
	}{
		{"model.safetensors", st, "safetensors", large},
		{"MODEL.SAFETENSORS", st, "safetensors", large},
		{"weights.bin", st, "safetensors", large},
		{"model.safetensors", "", "safetensors", 0},
		{"model.safetensors", "version https://git-lfs", "safetensors", 130},
		{"model.safetensors", zip("archive/data.pkl"), "pytorch", large},
		{"model.safetensors", gguf, "gguf", large},
		{"model.gguf", gguf, "gguf", large},
		{"model.gguf", "junk", "gguf", 4},
		{"model.gguf", st, "safetensors", large},
		{"ggml-model-q4_0.bin", gguf, "gguf", large},
		{"blob", gguf, "gguf", large},
		{"blob", st, "safetensors", large},

		{"pytorch_model.bin", zip("archive/data.pkl"), "pytorch", large},
		{"blob", zip("model/.format_version"), "pytorch", large},
		{"model.pt", zip("x"), "pytorch", large},
		{"pytorch_model.bin", "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02", "pytorch", large},
		{"old.pt", tar("sys_info"), "pytorch", large},
		{"model.nemo", tar("./model_config.yaml"), "nemo", large},
		{"model.nemo", "\x1f\x8b\x08", "nemo", large},
		{"data.tar", tar("a.txt"), "", large},
		{"model.pth", binaryData, "pytorch", large},
		{"model.pkl", "\x80\x04\x95\x10\x00", "pickle", 100},
		{"weights.bin", "\x80\x02}q\x00", "pickle", 100},
		{"hidden.bin", "cos\nsystem\n(S'id'\ntR.", "pickle", 22},
		{"hidden.bin", "(dp0\nS'a'\n", "pickle", 12},
		{"proto0.pkl", "I1\n.", "pickle", 4},
		{"config.bin", "config\nvalue\nmore", "", 17},
		{"pytorch_model.bin", "7z\xbc\xaf\x27\x1c\x00\x04", "pytorch", large},
		{"model.pt", "\x1f\x8b\x08\x00", "pytorch", large},
		{"model.pth", "PK not a zip, a text", "", 20},
		{"readme.pt", "Um texto em portugu\u00eas\n", "", 24},
		{"model.pt", hdf5, "hdf5", large},
		{"model.pt", "cos\nsystem\n(S'id'\ntR.", "pickle", 22},
		{"model.pkl", "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02", "pytorch", large},
		{"old.pt", "L119547037146038801333356L\n.I1001\n.", "pytorch", large},
		{"lua.t7", binaryData, "torch7", large},
		{"tree.joblib", "x\x9c\x00", "joblib", large},
		{"data.npz", zip("arr_0.npy"), "npz", large},
		{"data.npy", "\x93NUMPY\x01\x00", "npy", large},
		{"tf_model.h5", hdf5, "hdf5", large},
		{"weights", strings.Repeat("\x00", 2048) + hdf5, "hdf5", large},
		{"model.keras", zip("metadata.json"), "keras", large},
		{"m.dduf", zip("model_index.json"), "dduf", large},
		{"model.onnx", "\x08\x07\x12\x07pytorch\x1a\x05", "onnx", large},
		{"model", "\x08\x07\x12\x07pytorch\x1a\x05", "onnx", large},
		{"model", "\x08\x07:\x80\x01\x0a\x10", "onnx", large},
		{"model", "\x08\x07B\x02\x10\x11:", "onnx", large},
		{"model", "\x08\x07B\x04\x0a\x00\x10\x11:", "onnx", large},
		{"model", "\x08\x07\x12\x00\x1a\x00:\x80\x01\x12\x10", "onnx", large},
		{"blob", "\x08\x07\x12\x03\x0a\x01\x02\x00", "", large},
		{"blob", "\x08\x07\x12\x7fpytorch", "", large},
		{"blob", "\x08\x07:\x80\x01\x08\x10", "", large},
		{"blob", "\x08\x00\x12\x07pytorch\x1a\x05", "", large},
		{"model.onnx", "junk", "onnx", 4},
		{"model.onnx", st, "safetensors", large},
		{"model.safetensors", "\x08\x07\x12\x07pytorch\x1a\x05", "onnx", large},
		{"model.onnx", "\x10\x00\x00\x00ORTMx", "onnx-ort", large},
		{"model.ort", "\x10\x00\x00\x00ORTMx", "onnx-ort", large},
		{"model.onnx_data", binaryData, "onnx-data", large},
		{"model.tflite", "\x1c\x00\x00\x00TFL3", "tflite", large},
		{"model.bin", "\x1c\x00\x00\x00TFL3", "tflite", large},
		{"model.pte", "\x1c\x00\x00\x00ET12", "executorch", large},
		{"saved_model.pb", "\x08\x01\x12", "tensorflow-savedmodel", large},
		{"variables.data-00000-of-00001", binaryData, "tensorflow-checkpoint", large},
		{"variables.index", binaryData, "tensorflow-checkpoint", 500},
		{"model.ckpt-1000.data-00000-of-00002", binaryData, "tensorflow-checkpoint", large},
		{"frozen.pb", binaryData, "tensorflow-graph", large},
		{"group1-shard1of4.bin", binaryData, "tfjs", 4 << 20},
		{"group1-shard1of1", binaryData, "tfjs", 1000},
		{"flax_model.msgpack", "\x81\xa5model", "flax-msgpack", large},
		{"openvino_model.bin", binaryData, "openvino", 1000},
		{"openvino_model.xml", `<?xml version="1.0"?><net name="m" version="11"><layers>`, "openvino", 5000},
		{"pom.xml", `<?xml version="1.0"?><project>`, "", 5000},
		{"Model.mlmodel", binaryData, "coreml", large},
		{"eng.traineddata", binaryData, "tesseract", large},
		{"ggml-base.bin", "lmgg\x01\x00", "ggml-legacy", large},
		{"ggjt.bin", "tjgg\x03\x00", "ggml-legacy", large},
		{"model.llamafile", "MZqFpD='", "llamafile", large},
		{"model.bin", "\x06\x00\x00\x00\x10\x00TransformerSpec\x00\x07\x00\x00\x00", "ctranslate2", large},
		{"m.rknn", "RKNN\x00", "rknn", large},
		{"m.engine", binaryData, "tensorrt", large},
		{"m.pdiparams", binaryData, "paddle", large},
		{"inference.pdmodel", binaryData, "paddle", 500},

		{"data.bin", binaryData, Unknown, minUnknown + 1},
		{"data.bin", binaryData, "", minUnknown},
		{"data.bin", "words only", Unknown, minUnknown + 1},
		{"data.bin", "words only", "", 10},
		{"x.ckpt", binaryData, Unknown, large},
		{"yolo.weights", binaryData, Unknown, large},
		{"tokenizer.model", "\x0a\x0e\x0a\x05<unk>", "", large},
		{"vocab.model", binaryData, Unknown, large},
		{"README.md", "# Model", "", 7},
		{"config.json", "{}", "", 2},
		{"model.onnx", "version https://git-lfs.github.com/spec/v1\n", "onnx", 130},
		{"photo.png", "\x89PNG\r\n\x1a\n", "", large},
		{"code.zip", zip("setup.py"), "", large},
		{"tool", "\x7fELF\x02\x01", "", large},
		{"", "", "", 0},
	}
	for _, test := range tests {
		id, f := Identify(test.name, test.size, []byte(test.head))
		readable := oneOf(test.id, "safetensors", "gguf", "onnx", "pytorch", "pickle")
		if id != test.id || (f != nil) != readable || f != nil && f.Name() != id {
			t.Errorf("%q, %.20q: %q, %v, want %q", test.name, test.head, id, f, test.id)
		}
	}
}

// Formats have different names, and each recognises its own files and no other's.
func TestAll(t *testing.T) {
	names := make(map[string]bool)
	for _, f := range All() {
		if names[f.Name()] || f.Name() == "" {
			t.Errorf("two formats are called %q", f.Name())
		}
		names[f.Name()] = true
		for format, files := range valid() {
			for name, data := range files {
				if got := f.Match("file", data[:min(len(data), HeadSize)]); got != (format == f.Name()) {
					t.Errorf("%s matches %s %q: %t", f.Name(), format, name, got)
				}
			}
		}
	}
	for name := range valid() {
		if !names[name] {
			t.Errorf("no format is called %q", name)
		}
	}
	if len(names) != len(valid()) {
		t.Errorf("%d formats, %d with valid files", len(names), len(valid()))
	}
}
