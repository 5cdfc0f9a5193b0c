package format

import "strings"

// Unknown is what Identify calls a file that must hold weights and whose format
// it does not recognise.
const Unknown = "unknown"

// Identify answers of which format a file is, from its base name, its size and
// its first bytes (HeadSize of them, or fewer when the file is shorter).
//
// When the format can be read, it returns the format and its name. When it is
// recognised and cannot be read yet, the Format is nil and the id tells what it
// is: "hdf5", "tflite", "keras" and so on, or [Unknown]. For a file that
// holds no weights the id is empty.
//
// Content counts before the name. A file named like a format that can be read
// is of that format unless its content is of another such format: reading it
// then gives an error, where calling it something else would hide it.
func Identify(name string, size int64, head []byte) (id string, f Format) {
	for _, f := range All() {
		if f.Match(name, head) {
			return f.Name(), f
		}
	}
	name = strings.ToLower(name)
	if id := unreadContent(name, head); id != "" {
		return id, nil
	}
	return unreadName(name, size, head), nil
}

// A signed format has a signature, and an extension that its files should have.
type signed interface {
	// signature reports whether the first bytes of a file are of this format.
	signature(head []byte) bool
	// suffix is the extension in lower case, with its dot.
	suffix() string
}

// match is Match of a signed format: by signature, or by name when the bytes
// are of no other format.
func match(f signed, name string, head []byte) bool {
	if f.signature(head) {
		return true
	}
	if !strings.HasSuffix(strings.ToLower(name), f.suffix()) {
		return false
	}
	for _, other := range All() {
		if s, ok := other.(signed); ok && s.signature(head) {
			return false
		}
	}
	return true
}
