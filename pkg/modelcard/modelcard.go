// Package modelcard reads what the publisher of a model states: the front
// matter of a README, configuration files and their nested configurations,
// adapter, pipeline and module lists, tokenizer and processor files, and the
// general keys of a GGUF header.
//
// It observes and does not judge. Everything it returns is a declaration, and
// declarations are often stale or wrong: a "_name_or_path" can be a directory
// on the publisher's machine, a licence can be a word of the publisher's own.
// So every value is a [Statement], which keeps the text as it was written and
// where that was, and weighing it is left to others. Values that name a model
// must go through [Upstream] before they enter a document, because they can
// hold local paths.
//
// There is one reader per kind of file, ReadX(path, r). The path is the name
// of the file inside the repository; it is copied into what is returned and
// never opened. A reader returns an error, and no value, only when nothing at
// all could be read. Everything else that is wrong is a [Problem] beside the
// value: a wrong type, a key that is given twice, text that is not UTF-8, a
// limit that cut something off, a file that ends too early. Nothing is dropped
// in silence.
//
// All input is hostile. Sizes, nesting, counts and lengths are bounded by the
// constants of this package, so that no file costs more than a small multiple
// of what those allow, and nothing is executed or resolved: templates, code
// references and links are text.
//
// JSON is read as Python's json module does it, since that is what wrote it:
// NaN and Infinity are numbers, and of a key that is given twice the last value
// counts. The same rule holds for YAML.
package modelcard

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// A Statement is one value that a publisher wrote, and where. The zero
// Statement means that nothing was stated.
type Statement struct {
	// Path is the file, as it was given to the reader.
	Path string
	// Key is the dotted path inside the file, such as
	// "text_config._name_or_path" or "base_model[1]". For a GGUF file it is
	// the metadata key.
	Key string
	// Value is the text as written: 1.0 stays "1.0". It can hold anything,
	// control characters and local paths included, up to [MaxValue] bytes.
	Value string
}

// IsZero reports whether nothing was stated.
func (s Statement) IsZero() bool { return s == Statement{} }

// A Problem is something that could not be read or contradicts itself.
type Problem struct {
	Path, Key string // as in Statement; an empty Key means the whole file
	Reason    string
}

const (
	// MaxFile bounds every file but tokenizer files, in bytes. The largest
	// configuration files known, tokenizer_config.json with thousands of added
	// tokens, are near 2 MB.
	MaxFile = 16 << 20
	// MaxValue bounds the value of a Statement, in bytes. A value beyond it is
	// cut, with a Problem.
	MaxValue = 4096
	// maxValues bounds the values that are kept of one file. At about 100
	// bytes each this is the largest part of what a small file can cost.
	maxValues = 1 << 19
	// maxDepth bounds nesting in JSON and YAML. Real files stay below 10.
	maxDepth = 64
	// maxProblems bounds the problems of one file; the last one then says how
	// many were left out.
	maxProblems = 100
	// maxKey bounds one element of a Key, in bytes.
	maxKey = 128
	// maxList bounds the statements that one list gives, such as the tags of
	// a README.
	maxList = 1000
)

// notes collects the problems of one file.
type notes struct {
	path    string
	list    []Problem
	dropped int
}

func (n *notes) add(key, format string, args ...any) {
	if len(n.list) >= maxProblems {
		n.dropped++
		return
	}
	n.list = append(n.list, Problem{n.path, key, cut(fmt.Sprintf(format, args...), 4*maxKey)})
}

// problems returns what was collected.
func (n *notes) problems() []Problem {
	if n.dropped == 0 {
		return n.list
	}
	return append(n.list, Problem{n.path, "", fmt.Sprintf("%d more problems in this file", n.dropped)})
}

// cut shortens s to at most limit bytes of valid UTF-8.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// joinKey appends an element to a dotted key.
func joinKey(prefix, key string) string {
	key = strings.ToValidUTF8(cut(key, maxKey), "\uFFFD")
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

// plainError removes the name of the opened file from an error, which would be
// a path of the host.
func plainError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
