// Package strictyaml reads YAML files of ours strictly: a key that is not known or
// is there twice is an error with its line and with what was perhaps meant, never a
// statement that is lost. Aliases, merge keys and tags are errors, since no form of
// ours needs them. Values are taken as they are written, so that a country "NO" is
// no boolean and a version "1.0" no number.
//
// [Load] takes one document within [Limits] and gives its nodes; a [Decoder] takes
// values out of them and collects everything that is wrong. What a key means is for
// the package whose form it is: this one knows no form.
//
// Every byte is hostile. Size, nesting and the number of values are bounded before
// the YAML reader sees the file, lists and mappings after it, and no alias is ever
// followed.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Limits bound a file. A zero is the default.
type Limits struct {
	Size   int // bytes of the file; 1 MiB
	Depth  int // levels of nesting; 32
	Marks  int // characters that can begin a value, each of which can cost the YAML reader 1.4 kB; 65,536
	Items  int // of a list, and keys of a mapping; 2,000
	Errors int // that are listed; 20
	Word   int // characters of a word of the file that a message shows; 120
}

// filled are limits with the defaults in place of zeros.
func (l Limits) filled() Limits {
	for _, x := range []struct {
		limit *int
		usual int
	}{{&l.Size, 1 << 20}, {&l.Depth, 32}, {&l.Marks, 1 << 16}, {&l.Items, 2000}, {&l.Errors, 20}, {&l.Word, maxWord}} {
		if *x.limit == 0 {
			*x.limit = x.usual
		}
	}
	return l
}

// An Error is one thing that is wrong with a file.
type Error struct {
	Line int // 0 where no line is known
	Text string
}

func (e Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Errors are everything that is wrong with a file, in the order of its lines. A
// list that is cut ends with "and more".
type Errors []Error

// Error lists the errors, a line each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Load reads one YAML document, and gives the bytes too. The error is of the type
// [Errors] where the file is wrong, and the reader's own where it could not be read.
func Load(r io.Reader, l Limits) (root *yaml.Node, data []byte, err error) {
	l = l.filled()
	data, err = io.ReadAll(io.LimitReader(r, int64(l.Size)+1))
	if err != nil {
		return nil, nil, err
	}
	if root, err = parse(data, l); err != nil {
		return nil, nil, err
	}
	return root, data, nil
}

func parse(data []byte, l Limits) (*yaml.Node, error) {
	if len(data) > l.Size {
		return nil, Errors{{0, fmt.Sprintf("the file is larger than %d bytes", l.Size)}}
	}
	marks := 0
	for _, mark := range []byte("\n,:?[{-") {
		marks += bytes.Count(data, []byte{mark})
	}
	if marks > l.Marks {
		return nil, Errors{{0, fmt.Sprintf("the file has more than %d lines and values", l.Marks)}}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(l.Depth))))
	if err != nil {
		return nil, Errors{loadError(err)}
	}
	var root, next yaml.Node
	if err := loader.Load(&root); err != nil && !errors.Is(err, io.EOF) {
		return nil, Errors{loadError(err)}
	}
	if len(root.Content) != 1 || IsNull(root.Content[0]) {
		return nil, Errors{{0, "the file says nothing"}}
	}
	switch err := loader.Load(&next); {
	case err == nil:
		return nil, Errors{{next.Line, "a second document begins; the file has to be one"}}
	case !errors.Is(err, io.EOF):
		return nil, Errors{loadError(err)}
	}
	return root.Content[0], nil
}

// loadError is an error of the YAML reader in our words.
func loadError(err error) Error {
	var l *yaml.LoadError
	if errors.As(err, &l) {
		return Error{l.Mark.Line, "this is no YAML: " + visible(l.Message)}
	}
	return Error{0, strings.TrimPrefix(visible(err.Error()), "yaml: ")}
}
