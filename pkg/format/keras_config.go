package format

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxKerasConfig bounds a configuration in bytes. Those of large models have
	// some megabytes.
	maxKerasConfig = 64 << 20
	// maxKerasDepth bounds its nesting. Models in models take some ten levels
	// each; Python's own reader ends at 1,000.
	maxKerasDepth = 1000
	// maxKerasNames bounds how often one object says its class or module, which
	// it does once unless it is made to mislead.
	maxKerasNames = 4
)

// kerasCode are the classes that run a program of the model's own, with how.
var kerasCode = map[string]string{
	"Lambda":             "a layer that is a Python function",
	"__lambda__":         "a Python function, compiled",
	"TorchModuleWrapper": "a layer that loads a pickled module of PyTorch",
	"TFSMLayer":          "a layer that loads a further SavedModel",
	"JaxLayer":           "a layer that is a function of JAX",
	"FlaxLayer":          "a layer that is a module of Flax",
	"PyFunc":             "a Python function",
}

// kerasConfig looks at the configuration of a Keras model: JSON, in which an
// object of class_name and config becomes an object of Python, of the module
// that it may name. Keras reads it as Python's json does, so what that accepts
// is followed here: names that are there twice, numbers that are none, UTF-16.
func (s *scan) kerasConfig(it *item) {
	text := s.content(it, maxKerasConfig)
	if text == nil {
		return
	}
	s.kerasText(it, it.begin, text)
}

// kerasText looks at a configuration that begins at a byte.
func (s *scan) kerasText(it *item, at int64, text []byte) {
	plain, ok := pythonText(text)
	if !ok {
		s.gap(it, at, "a configuration that is in no encoding which is read here")
		return
	}
	in := *it
	if len(plain) != len(text) {
		in.packedAt = it.at(at) // offsets are those of the decoded text
	}
	w := &kerasWalk{scan: s, it: &in, base: at, text: plain}
	if !w.walk() {
		s.gap(&in, at+int64(w.pos), "a configuration that is no JSON behind this place")
	}
}

// pythonText decodes a text as json.detect_encoding of Python does.
func pythonText(b []byte) ([]byte, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return b[3:], true
	case bytes.HasPrefix(b, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(b, []byte("\x00\x00\xfe\xff")) || len(b) >= 4 && (b[0] == 0 && b[1] == 0 || b[1] == 0 && b[2] == 0 && b[3] == 0):
		return nil, false // UTF-32
	case bytes.HasPrefix(b, []byte("\xff\xfe")) || len(b) >= 2 && b[0] != 0 && b[1] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("\xfe\xff")) || len(b) >= 2 && b[0] == 0:
		order = binary.BigEndian
	default:
		return b, true
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return bytes.TrimPrefix([]byte(string(utf16.Decode(units))), []byte("\xef\xbb\xbf")), true
}

// A kerasFrame is an object or array that is not yet closed.
type kerasFrame struct {
	object bool
	at     int64
	key    string
	// What an object said, in all its occurrences.
	classes, modules []string
	name             string
	// inner is the name that stands in its config, or the config when that is a
	// text.
	inner string
}

// A kerasWalk goes through a configuration without recursion.
type kerasWalk struct {
	*scan
	it   *item
	base int64
	text []byte
	pos  int
	open []kerasFrame
}

// walk reads the text; false when it is no JSON.
func (w *kerasWalk) walk() bool {
	for {
		w.space()
		if w.pos == len(w.text) {
			return false
		}
		switch b := w.text[w.pos]; {
		case b == '{' || b == '[':
			if len(w.open) == maxKerasDepth {
				return false
			}
			w.open = append(w.open, kerasFrame{object: b == '{', at: w.base + int64(w.pos)})
			w.pos++
			if w.space(); w.pos < len(w.text) && w.text[w.pos] == b+2 {
				break // it is closed below
			}
			if !w.key() {
				return false
			}
			continue
		case b == '"':
			s, ok := w.string()
			if !ok {
				return false
			}
			w.value(s)
		default:
			if !w.word() {
				return false
			}
		}
		switch more, ok := w.next(); {
		case !ok:
			return false
		case !more:
			return true
		}
	}
}

// next passes over what stands behind a value: closing brackets, then a comma
// and a key. More is false at the end.
func (w *kerasWalk) next() (more, ok bool) {
	for {
		w.space()
		if len(w.open) == 0 {
			return false, w.pos == len(w.text) || strings.Trim(string(w.text[w.pos:]), "\x00") == ""
		}
		if w.pos == len(w.text) {
			return false, false
		}
		top := &w.open[len(w.open)-1]
		closing := byte(']')
		if top.object {
			closing = '}'
		}
		switch w.text[w.pos] {
		case closing:
			w.pos++
			w.end()
		case ',':
			w.pos++
			return true, w.key()
		default:
			return false, false
		}
	}
}

// key reads the name of a member, in an object.
func (w *kerasWalk) key() bool {
	top := &w.open[len(w.open)-1]
	if !top.object {
		return true
	}
	w.space()
	k, ok := w.string()
	if !ok {
		return false
	}
	top.key = k
	if w.space(); w.pos == len(w.text) || w.text[w.pos] != ':' {
		return false
	}
	w.pos++
	return true
}

func (w *kerasWalk) space() {
	for w.pos < len(w.text) && strings.IndexByte(" \t\r\n", w.text[w.pos]) >= 0 {
		w.pos++
	}
}

// word passes over a number or one of Python's words, NaN and Infinity too.
func (w *kerasWalk) word() bool {
	from := w.pos
	for w.pos < len(w.text) && strings.IndexByte(" \t\r\n,]}:\"{[", w.text[w.pos]) < 0 {
		w.pos++
	}
	return w.pos > from
}

// string reads a text with its quotes. Bytes that are no UTF-8 and half
// surrogates are kept as they come.
func (w *kerasWalk) string() (string, bool) {
	if w.pos == len(w.text) || w.text[w.pos] != '"' {
		return "", false
	}
	from := w.pos + 1
	for i := from; i < len(w.text); i++ {
		switch w.text[i] {
		case '\\':
			i++
		case '"':
			w.pos = i + 1
			return unescapeJSON(w.text[from:i]), true
		}
	}
	return "", false
}

func unescapeJSON(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 || len(b) > MaxName {
		return string(b[:min(len(b), MaxName)])
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		if b[i] != 'u' || i+5 > len(b) {
			out = append(out, strings.NewReplacer("n", "\n", "t", "\t", "r", "\r", "b", "\b", "f", "\f").Replace(string(b[i:i+1]))...)
			continue
		}
		n, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 32)
		if err != nil {
			n = utf8.RuneError
		}
		out = utf8.AppendRune(out, rune(n))
		i += 4
	}
	return string(out)
}

// value takes a text of a member.
func (w *kerasWalk) value(s string) {
	if len(w.open) == 0 {
		return
	}
	top := &w.open[len(w.open)-1]
	add := func(list *[]string) {
		if len(*list) < maxKerasNames {
			*list = append(*list, s)
		} else {
			w.gap(w.it, w.base+int64(w.pos), "an object that says %s more than %d times", quote(top.key), maxKerasNames)
		}
	}
	switch top.key {
	case "class_name":
		add(&top.classes)
	case "module":
		add(&top.modules)
	case "name":
		top.name = s
	case "config":
		top.inner = s
	}
}

// end closes an object or array and judges it.
func (w *kerasWalk) end() {
	n := len(w.open) - 1
	f := w.open[n]
	w.open = w.open[:n]
	if n > 0 {
		if top := &w.open[n-1]; top.key == "config" && f.object {
			top.inner = f.name
		}
	}
	for _, class := range f.classes {
		if what := kerasCode[class]; what != "" {
			w.t.keep(torchCode{Code{CodeLayer, w.it.at(f.at), class, clean(what + ofLayer(f.inner))}, classOdd})
		}
		for _, module := range f.modules {
			w.imported(&f, module, class)
		}
	}
}

func ofLayer(layer string) string {
	if layer == "" {
		return ""
	}
	return ", " + quote(layer)
}

// imported records what an object imports. Keras takes its own classes from its
// own modules.
func (w *kerasWalk) imported(f *kerasFrame, module, class string) {
	name := class
	if class == "function" || class == "type" || class == "class" {
		name = f.inner
	}
	switch full := module + "." + name; {
	case module == "builtins" && (class == "function" || class == "type") && !dangerousBuiltin(name):
		// a function that was registered, or a built-in value
	case kerasOwn(module, class):
	default:
		w.t.keep(torchCode{Code{CodeImport, w.it.at(f.at), clean(full), "an object of the configuration"}, classOther})
	}
}

func dangerousBuiltin(name string) bool {
	return JudgeGlobal("builtins."+name).Grade == DangerousGlobal
}

// kerasParts are the modules below keras whose classes are data of models, and
// whether their functions are too.
var kerasParts = map[string]bool{
	"layers": false, "models": false, "optimizers": false, "dtype_policies": false, "quantizers": false, "engine": false, "legacy": false, "random": false, "applications": false,
	"activations": true, "initializers": true, "regularizers": true, "constraints": true, "losses": true, "metrics": true, "ops": true,
}

// kerasOwn reports whether what an object names is a class of models that is
// Keras's own. Functions of its utilities load files and are none.
func kerasOwn(module, class string) bool {
	isClass := class != "" && 'A' <= class[0] && class[0] <= 'Z'
	parts := strings.Split(module, ".")
	for len(parts) > 0 && oneOf(parts[0], "tensorflow", "python", "keras", "src", "tf_keras", "_tf_keras", "api", "v2") {
		if parts = parts[1:]; len(parts) == 0 {
			return isClass
		}
	}
	functions, ok := kerasParts[parts[0]]
	return ok && (isClass || functions)
}
