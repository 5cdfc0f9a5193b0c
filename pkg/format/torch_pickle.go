package format

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// plainPickle is a pickle without a container, as any Python program writes.
//
// Its header has no tensors. A pickle that holds weights in a form that is not
// read here is an error, so that they are never passed over in silence: NumPy
// arrays, byte strings that are not small, storages of PyTorch, and what joblib
// puts between the opcodes. Anything else gives its Code and a note that names
// the classes that it holds.
type plainPickle struct{}

func (plainPickle) Name() string { return "pickle" }

// Match decides by content, and by names that only pickles have.
func (f plainPickle) Match(name string, head []byte) bool {
	name = strings.ToLower(name)
	if f.signature(head) {
		return true
	}
	if !matchesAny(name, "*.pkl", "*.pickle", "*.dill") || len(head) == 0 || unreadContent(name, head) != "" {
		return false
	}
	for _, other := range All() {
		if s, ok := other.(signed); ok && other != Format(f) && s.signature(head) {
			return false
		}
	}
	return true
}

func (plainPickle) suffix() string { return ".pkl" }

// signature reports whether the head is a pickle. An archive or an array file
// that holds one runs as a pickle by accident.
func (plainPickle) signature(head []byte) bool {
	return isPickle(head) && !isTorchLegacy(head) && !bytes.HasPrefix(head, []byte(zipLocalSignature)) && unreadContent("", head) == ""
}

func (f plainPickle) Read(r io.ReaderAt, size int64) (*Header, error) {
	t := newTorchReader(f.Name(), r, size)
	head := t.bytes(0, min(size, HeadSize))
	kind := archiveKind(head)
	if isZlib(head) {
		kind = "zlib"
	}
	if kind != "" {
		t.scanAll("packed.pkl")
		t.fail(0, ErrUnsupported, "a %s archive with the name of a pickle", kind)
	}
	if t.err == nil {
		t.readPlain()
	}
	return t.finish()
}

// Limits on what a plain pickle may hold that is not read.
const (
	// maxPlainBytes bounds the byte strings in bytes: random states take some
	// kilobytes.
	maxPlainBytes = 64 << 10
	// maxFollowing bounds the pickles that follow the first.
	maxFollowing = 1000
)

// readPlain reads a plain pickle.
func (t *torchReader) readPlain() {
	j := &joblib{t: t, r: t.r, end: t.size, packedAt: -1}
	p := t.run(j.program(0), "", -1)
	t.after(p, t.size)
	if weights := plainWeights(p); weights != "" {
		t.fail(0, ErrUnsupported, "a pickle that holds %s, which are not read", weights)
	}
	if !t.must(p, "pickle", -1) {
		return
	}
	t.metadata("pickle.protocol", fmt.Sprint(p.Protocol))
	t.h.DataOffset = t.size
	t.h.note(0, "a pickle without tensors, which holds %s", plainClasses(p))
}

// plainWeights names what a pickle holds that may be weights, "" for nothing.
func plainWeights(p *pickle.Program) string {
	for _, r := range p.Records {
		if r.Kind != pickle.KindGlobal {
			continue
		}
		module, _, _ := strings.Cut(r.Name, ".")
		switch {
		case strings.HasPrefix(r.Name, "joblib.numpy_pickle."):
			return "arrays of joblib"
		case strings.HasPrefix(r.Name, "numpy.") && (strings.HasSuffix(r.Name, "._reconstruct") || strings.HasSuffix(r.Name, "._frombuffer") || strings.HasSuffix(r.Name, ".ndarray")):
			return "NumPy arrays"
		case strings.HasSuffix(r.Name, "_load_from_bytes") || strings.HasPrefix(r.Name, "torch._utils._rebuild") || module == "torch" && strings.HasSuffix(r.Name, "Storage"):
			return "tensors of PyTorch"
		case oneOf(module, "tensorflow", "keras", "jax", "jaxlib", "flax", "paddle", "mxnet", "xgboost", "lightgbm"):
			return "objects of " + module
		}
	}
	if n := plainBytes(p.Root); n > maxPlainBytes {
		return fmt.Sprintf("byte strings of %d bytes", n)
	}
	return ""
}

// plainBytes counts the bytes in byte strings and in numbers of collections that
// can be reached, each value once.
func plainBytes(root pickle.Value) (n int64) {
	seen := map[pickle.Value]bool{}
	stack := []pickle.Value{root}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch v := v.(type) {
		case pickle.Bytes:
			n += int64(len(v))
		case *pickle.Blob:
			n += v.Size
		case pickle.Float:
			n += 8
		}
		if v == nil || !holds(v) || seen[v] {
			continue
		}
		seen[v] = true
		stack = append(stack, children(v)...)
	}
	return n
}

// children returns the values that a value holds.
func children(v pickle.Value) (list []pickle.Value) {
	entries := func(entries []pickle.Entry) {
		for _, e := range entries {
			list = append(list, e.Key, e.Value)
		}
	}
	switch v := v.(type) {
	case *pickle.Dict:
		entries(v.Entries)
	case *pickle.List:
		return v.Items
	case *pickle.Tuple:
		return v.Items
	case *pickle.Set:
		return v.Items
	case *pickle.Persistent:
		list = append(list, v.ID)
	case *pickle.Object:
		list = append(list, v.Class, v.Args)
		if v.Kwargs != nil {
			list = append(list, v.Kwargs)
		}
		list = append(append(list, v.State()...), v.Items()...)
		entries(v.Entries())
	}
	return list
}

// plainClasses names the classes and functions that a pickle uses.
func plainClasses(p *pickle.Program) string {
	const most = 8
	var names []string
	for _, r := range p.Records {
		if r.Kind == pickle.KindGlobal && !oneOf(r.Name, names...) {
			names = append(names, r.Name)
		}
		if len(names) > most {
			names[most] = "others"
			break
		}
	}
	if len(names) == 0 {
		return "plain values"
	}
	return quote(strings.Join(names, ", "))
}

// after runs what follows a pickle up to the end: other pickles, which a loader
// may read in turn, or anything else.
func (t *torchReader) after(p *pickle.Program, end int64) {
	if p.Err == nil && p.End < end {
		t.trailing(p.End, end)
	}
}

// trailing records bytes that follow what the format has.
func (t *torchReader) trailing(at, end int64) {
	t.addAnomaly(at, "data after the end", "%d bytes", end-at)
	for range maxFollowing {
		if t.err != nil || at >= end || t.opcodes >= pickle.MaxOpcodes {
			return
		}
		head := t.bytes(at, min(512, end-at))
		if !pickle.Likely(head) && !isPickle(head) {
			return
		}
		p := t.run(t.program(t.r, at, end), "a pickle that follows", -1)
		if p.Err != nil {
			return
		}
		at = p.End
	}
}

// isPickle reports whether the head begins a pickle: with an opcode PROTO, as
// from protocol 2 on, or with what runs as a pickle and is no accident. Before
// protocol 2 there is no signature, which attacks use to pass as other files.
func isPickle(head []byte) bool {
	if len(head) < 3 {
		return false
	}
	if head[0] == 0x80 && head[1] <= 5 {
		frame := head[2] == 0x95 // FRAME, from protocol 4 on
		if head[1] >= 4 && frame || head[1] >= 2 && strings.IndexByte("}])(cX\x8a\x8c", head[2]) >= 0 {
			return true
		}
	}
	return isPlainState(head) || runsAsPickle(head)
}

// isPlainState reports whether the head begins a dictionary or list of protocol
// 0, with its place in the memo.
func isPlainState(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("(dp")) && !bytes.HasPrefix(head, []byte("(lp")) {
		return false
	}
	n := digits(head[3:])
	return n > 0 && bytes.HasPrefix(head[3+n:], []byte("\n"))
}

// runsAsPickle reports whether the head runs as a pickle that calls something,
// or that names a global and then goes on up to its STOP or to the head's end.
// The lines of a text may name a global and no more.
func runsAsPickle(head []byte) bool {
	p := pickle.Run(bytes.NewReader(head), 0, int64(len(head)))
	whole := p.Err == nil || p.Err.Err == pickle.ErrTruncated && len(head) >= HeadSize
	for _, r := range p.Records {
		switch r.Kind {
		case pickle.KindCall:
			if isPythonName(r.Name) {
				return true
			}
		case pickle.KindGlobal:
			if whole && isPythonName(r.Name) {
				return true
			}
		case pickle.KindExtension:
			if head[0] == 0x80 {
				return true
			}
		}
	}
	return false
}

// isPythonName reports whether a dotted name is made of Python's identifiers,
// which may have letters of any script.
func isPythonName(name string) bool {
	parts := strings.Split(name, ".")
	for _, part := range parts {
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return len(parts) > 1
}
