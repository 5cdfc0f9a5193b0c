package format

import "strings"

const (
	// maxKerasConfig bounds a configuration in bytes. Those of large models have
	// some megabytes.
	maxKerasConfig = 64 << 20
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
	w := &kerasWalk{scan: s, it: &in, base: at}
	w.json = looseJSON{text: plain, most: MaxName, value: w.value, end: w.end, begin: func() { w.open = append(w.open, kerasFrame{at: w.json.pos}) }}
	if !w.json.walk() {
		s.gap(&in, at+int64(w.json.pos), "a configuration that is no JSON behind this place")
	}
}

// A kerasFrame is an object or array that is not yet closed.
type kerasFrame struct {
	at int
	// What an object said, in all its occurrences.
	classes, modules []string
	name             string
	spec             string // the class of a type
	// inner is the name that stands in its config, or the config when that is a
	// text.
	inner string
}

// A kerasWalk goes through a configuration.
type kerasWalk struct {
	*scan
	it   *item
	base int64
	json looseJSON
	open []kerasFrame
}

func (w *kerasWalk) at(pos int) int64 { return w.it.at(w.base + int64(pos)) }

// value takes a text of a member.
func (w *kerasWalk) value(s string, isText bool) {
	if len(w.open) == 0 || !isText {
		return
	}
	top := &w.open[len(w.open)-1]
	key := w.json.key()
	add := func(list *[]string) {
		if len(*list) < maxKerasNames {
			*list = append(*list, s)
		} else {
			w.gap(w.it, w.base+int64(w.json.pos), "an object that says %s more than %d times", quote(key), maxKerasNames)
		}
	}
	switch key {
	case "class_name":
		add(&top.classes)
	case "module":
		add(&top.modules)
	case "name":
		top.name = s
	case "spec_name":
		top.spec = s
	case "config":
		top.inner = s
	}
}

// end closes an object or array and judges it.
func (w *kerasWalk) end() {
	n := len(w.open) - 1
	f := w.open[n]
	if w.open = w.open[:n]; n > 0 && w.json.key() == "config" && f.name != "" {
		w.open[n-1].inner = f.name
	}
	for _, class := range f.classes {
		if what := kerasCode[class]; what != "" {
			w.t.keep(torchCode{Code{CodeLayer, w.at(f.at), class, clean(what + ofLayer(f.inner))}, classOdd})
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
	switch class {
	case "function", "type", "class":
		name = f.inner
	case "__typespec__":
		name = f.spec
	}
	switch full := module + "." + name; {
	case class == "__typespec__" && strings.HasSuffix(name, "Spec") && (strings.HasPrefix(module, "tensorflow.") || strings.HasPrefix(module, "keras.")):
		// the type of a tensor
	case module == "builtins" && (class == "function" || class == "type") && !dangerousBuiltin(name):
		// a function that was registered, or a built-in value
	case kerasOwn(module, class):
	default:
		w.t.keep(torchCode{Code{CodeImport, w.at(f.at), clean(full), "an object of the configuration"}, classOther})
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
