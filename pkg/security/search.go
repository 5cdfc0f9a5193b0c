package security

import (
	"bytes"
	"fmt"
	"io"

	"github.com/modelbom/modelbom/pkg/bom"
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
// configuration as JSON with a blank behind colons; a node of a TensorFlow
// graph (NodeDef, field 2) has its operator as a length and a name.
func signsOf(format string) []sign {
	switch format {
	case "hdf5", "keras":
		list := []sign{}
		for _, text := range []string{`"class_name": "Lambda"`, `"class_name":"Lambda"`, `"class_name": "__lambda__"`, `"class_name":"__lambda__"`} {
			list = append(list, sign{RuleLambda, "Lambda", text})
		}
		for _, text := range []string{`"class_name": "TorchModuleWrapper"`, `"class_name": "TFSMLayer"`, `"class_name": "PyFunc"`} {
			list = append(list, sign{RuleLambda, text[len(`"class_name": "`) : len(text)-1], text})
		}
		return list
	case "tensorflow-savedmodel", "tensorflow-graph":
		list := []sign{}
		for _, op := range []string{"ReadFile", "WriteFile", "PyFunc", "PyFuncStateless", "EagerPyFunc", "LoadAndRemapMatrix", "MergeV2Checkpoints"} {
			list = append(list, sign{RuleGraphOperator, op, "\x12" + string([]byte{byte(len(op))}) + op})
		}
		return list
	}
	return nil
}

// Searchable reports whether [Search] looks for something in a format.
func Searchable(format string) bool { return len(signsOf(format)) > 0 }

// Search looks for known marks of code in a file of a format that has no
// reader: texts, wherever they stand. It proves presence, never absence; texts
// can be compressed or written otherwise. Each mark is given once, with its
// first place. Whole is false when only a part of the file was searched.
func Search(r io.ReaderAt, size int64, format string) (marks []Mark, whole bool, err error) {
	signs := signsOf(format)
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

// marks judges what was met in files that have no reader.
func (c *collector) marks(f *File) {
	for _, m := range f.Marks {
		severity, message := bom.SeverityHigh, ""
		switch {
		case m.Rule == RulePathEscape:
			c.add(m.Rule, severity, f.Ref, f.Path, m.Name, "a member of the archive has a name that leads out of the folder it is unpacked in")
			continue
		case m.Rule == RuleLambda && m.Name == "Lambda":
			message = "a layer is a Python function; loading or running the model would run that function"
		case m.Rule == RuleLambda:
			message = fmt.Sprintf("a layer of the class %s loads a further model or function, which runs when this one is loaded", m.Name)
		case m.Name == "LoadAndRemapMatrix" || m.Name == "MergeV2Checkpoints":
			severity, message = bom.SeverityMedium, fmt.Sprintf("the graph names the operator %s, which reads or writes checkpoint files when the graph is run", m.Name)
		default:
			message = fmt.Sprintf("the graph names the operator %s, which acts on the machine when the graph is run", m.Name)
		}
		c.add(m.Rule, severity, f.Ref, f.Path, m.Name, "%s (byte %d)", message, m.Offset)
	}
}
