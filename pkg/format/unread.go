package format

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf8"
)

// minUnknown is the size from which a file with a generic name and no known
// content counts as weights of an unknown format, in bytes. Below it are
// training arguments, random states and the like.
const minUnknown = 1 << 20

// A magic is a fixed text at a fixed place that tells a format.
type magic struct {
	id   string
	at   int
	text string
}

// magics are the signatures of formats that cannot be read yet. HDF5 files may
// have a user block of 512 bytes or a power of two above (HDF5 File Format
// Specification 3.0, II.A).
var magics = [...]magic{
	{"hdf5", 0, "\x89HDF\r\n\x1a\n"},
	{"hdf5", 512, "\x89HDF\r\n\x1a\n"},
	{"hdf5", 1024, "\x89HDF\r\n\x1a\n"},
	{"hdf5", 2048, "\x89HDF\r\n\x1a\n"},
	{"npy", 0, "\x93NUMPY"},
	{"tflite", 4, "TFL3"},
	{"executorch", 4, "ET12"},
	{"executorch", 4, "FT01"},
	{"onnx-ort", 4, "ORTM"},
	{"ggml-legacy", 0, "lmgg"},
	{"ggml-legacy", 0, "fmgg"},
	{"ggml-legacy", 0, "tjgg"},
	{"ggml-legacy", 0, "algg"},
	{"rknn", 0, "RKNN"},
	{"rten", 0, "RTEN"},
	{"catboost", 0, "CBM1"},
}

// unreadContent recognises a format by its first bytes. The name, in lower case,
// only decides between formats that share a container.
func unreadContent(name string, head []byte) string {
	for _, m := range magics {
		if len(head) > m.at && bytes.HasPrefix(head[m.at:], []byte(m.text)) {
			return m.id
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte(zipLocalSignature)):
		return zipContent(name, head)
	case isTar(head) && strings.HasSuffix(name, ".nemo"):
		return "nemo"
	case isCTranslate2(head):
		return "ctranslate2"
	case strings.HasSuffix(name, ".xml") && bytes.Contains(head, []byte("<net ")) && bytes.Contains(head, []byte("<layers")):
		return "openvino"
	}
	return ""
}

// zipContent tells zip archives of weights apart by their first entry, then by
// name. An archive that shows no weights is none of ours.
func zipContent(name string, head []byte) string {
	entry := ""
	if entries := zipEntries(head); len(entries) > 0 {
		entry = entries[0]
	}
	switch {
	case strings.HasSuffix(entry, ".npy"):
		return "npz"
	case entry == "model_index.json":
		return "dduf"
	case strings.HasSuffix(name, ".keras"):
		return "keras"
	}
	return ""
}

// isDotted reports whether b is a Python name, or several with dots.
func isDotted(b []byte) bool {
	for _, c := range b {
		if !(c == '_' || c == '.' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return len(b) > 0
}

// isCTranslate2 reports whether the head begins a CTranslate2 model: a version,
// then the name of a specification class with its length and a NUL.
func isCTranslate2(head []byte) bool {
	if len(head) < 8 || head[0] == 0 || head[1]|head[2]|head[3] != 0 {
		return false
	}
	n := int(binary.LittleEndian.Uint16(head[4:]))
	if n < 2 || n > 64 || len(head) < 6+n || head[5+n] != 0 {
		return false
	}
	class := head[6 : 5+n]
	return isDotted(class) && bytes.Contains(class, []byte("Spec"))
}

// A named is a pattern of base names in lower case, as in path.Match.
type named struct{ pattern, id string }

// byName are the names that tell a format which has no signature that could be
// seen in the first bytes.
var byName = [...]named{
	{"*.onnx_data*", "onnx-data"}, {"*.onnx.data", "onnx-data"}, {"*.ort", "onnx-ort"},
	{"*.tflite", "tflite"}, {"*.lite", "tflite"},
	{"*.h5", "hdf5"}, {"*.hdf5", "hdf5"}, {"*.keras", "keras"},
	{"saved_model.pb", "tensorflow-savedmodel"}, {"*.pb", "tensorflow-graph"},
	{"*.data-?????-of-?????", "tensorflow-checkpoint"}, {"variables.index", "tensorflow-checkpoint"},
	{"*.ckpt*.index", "tensorflow-checkpoint"}, {"*.ckpt*.meta", "tensorflow-checkpoint"}, {"*.ckpt-*", "tensorflow-checkpoint"},
	{"group*-shard*of*", "tfjs"},
	{"*.msgpack", "flax-msgpack"},
	{"*.npz", "npz"}, {"*.npy", "npy"},
	{"openvino_*.bin", "openvino"},
	{"*.mlmodel", "coreml"}, {"weight.bin", "coreml"},
	{"*.nemo", "nemo"},
	{"*.joblib", "joblib"}, {"*.skops", "skops"},
	{"*.traineddata", "tesseract"},
	{"*.llamafile", "llamafile"},
	{"*.rknn", "rknn"}, {"*.engine", "tensorrt"}, {"*.plan", "tensorrt"}, {"*.trt", "tensorrt"},
	{"*.pte", "executorch"}, {"*.ptd", "executorch"},
	{"*.pdiparams", "paddle"}, {"*.pdmodel", "paddle"}, {"*.pdparams", "paddle"}, {"*.pdopt", "paddle"},
	{"*.caffemodel", "caffe"}, {"*.mnn", "mnn"}, {"*.cbm", "catboost"}, {"*.ubj", "xgboost"},
	{"*.ggml", "ggml-legacy"}, {"*.rten", "rten"}, {"*.hef", "hailo"}, {"*.dlc", "snpe"},
	{"*.t7", "torch7"},
}

// generic are the names that weights often have, and other files too.
var generic = [...]string{"*.bin", "*.ckpt", "*.weights", "*.params", "*.data", "*.model"}

// unreadName recognises a format by a base name in lower case. A small text is
// no weight file whatever its name, except a pickle of protocol 0, which is text.
func unreadName(name string, size int64, head []byte) string {
	smallText := size <= minUnknown && isText(head)
	for _, n := range byName {
		if !matchesAny(name, n.pattern) {
			continue
		}
		if smallText && n.id != "joblib" {
			return ""
		}
		return n.id
	}
	if size > minUnknown && matchesAny(name, generic[:]...) && !isSentencePiece(head) {
		return Unknown
	}
	return ""
}

// isSentencePiece reports whether the head begins a SentencePiece model
// (sentencepiece_model.proto): a message that holds a piece and then its text.
// Such a vocabulary has some megabytes and no weights.
func isSentencePiece(head []byte) bool {
	return len(head) > 4 && head[0] == 0x0A && head[2] == 0x0A && int(head[3])+2 <= int(head[1])
}

// isText reports whether the head is UTF-8 without control characters other than
// those of text. A character that the head's end cuts off is forgiven.
func isText(head []byte) bool {
	for i := 0; i < len(head); {
		r, n := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && n == 1 {
			return i > 0 && len(head)-i < utf8.UTFMax && !utf8.FullRune(head[i:])
		}
		if r < ' ' && !strings.ContainsRune("\t\n\f\r", r) {
			return false
		}
		i += n
	}
	return true
}

func matchesAny(name string, patterns ...string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}

func oneOf(s string, list ...string) bool {
	for _, t := range list {
		if s == t {
			return true
		}
	}
	return false
}
