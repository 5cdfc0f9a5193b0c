package security

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
)

// A Mark is a text that tells code in a file that has no reader.
type Mark struct {
	Rule   string
	Name   string // "Lambda", "ReadFile"
	Offset int64  // in bytes from the file's start
}

// A sign is what is searched for, as it stands in the bytes.
type sign struct{ rule, name, text string }

// maxSearch bounds how much of one file is searched, in bytes. Configurations
// stand before the weights in graphs, and anywhere in HDF5 files.
const maxSearch = 1 << 30

// signsOf are the texts that tell code in a format. Keras writes its
// configuration as JSON with a blank behind colons.
func signsOf(id string) []sign {
	switch id {
	case "hdf5":
		list := []sign{}
		for _, text := range []string{`"class_name": "Lambda"`, `"class_name":"Lambda"`, `"class_name": "__lambda__"`, `"class_name":"__lambda__"`} {
			list = append(list, sign{RuleLambda, "Lambda", text})
		}
		for _, text := range []string{`"class_name": "TorchModuleWrapper"`, `"class_name": "TFSMLayer"`, `"class_name": "PyFunc"`} {
			list = append(list, sign{RuleLambda, text[len(`"class_name": "`) : len(text)-1], text})
		}
		return list
	}
	return nil
}

// Searchable reports whether [Search] looks for something in a format.
func Searchable(id string) bool { return len(signsOf(id)) > 0 }

// Search looks for known marks of code in a file of a format that has no
// reader: texts, wherever they stand. It proves presence, never absence; texts
// can be compressed or written otherwise. Each mark is given once, with its
// first place. Whole is false when only a part of the file was searched.
func Search(r io.ReaderAt, size int64, id string) (marks []Mark, whole bool, err error) {
	signs := signsOf(id)
	if len(signs) == 0 {
		return nil, true, nil
	}
	const step, overlap = 1 << 20, 64
	buf := make([]byte, min(size, step+overlap))
	found := map[string]bool{}
	for at := int64(0); at < size && at < maxSearch; at += step {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		if err != nil && err != io.EOF {
			return marks, false, err
		}
		for _, s := range signs {
			if i := bytes.Index(buf[:n], []byte(s.text)); i >= 0 && !found[s.rule+s.name] {
				found[s.rule+s.name] = true
				marks = append(marks, Mark{s.rule, s.name, at + int64(i)})
			}
		}
	}
	return marks, size <= maxSearch, nil
}

// marks judges what was met in files that have no reader, as far as no record of
// the file says it better.
func (c *collector) marks(f *File) {
	for _, m := range f.Marks {
		if slices.ContainsFunc(f.Code, func(x format.Code) bool { return x.Kind == format.CodeLayer && x.Name == m.Name }) {
			continue
		}
		message := "a layer is a Python function; loading or running the model would run that function"
		if m.Name != "Lambda" {
			message = fmt.Sprintf("a layer of the class %s loads a further model or function, which runs when this one is loaded", m.Name)
		}
		c.add(m.Rule, bom.SeverityHigh, f.Ref, f.Path, m.Name, "%s (byte %d)", message, m.Offset)
	}
}
