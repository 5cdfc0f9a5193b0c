package format

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// MaxIndex bounds an index file in bytes. A model with 200,000 tensors has one
// of 20 MB.
const MaxIndex = 64 << 20

// An Index says which file of a sharded model holds which tensor. It is what
// files such as model.safetensors.index.json and pytorch_model.bin.index.json
// hold. It is a claim: nothing here was compared with the shards.
type Index struct {
	// TotalSize is what the index says of the bytes of all tensors, -1 when it
	// says nothing or no whole number.
	TotalSize int64
	// Weights are sorted by tensor; names are unique. Entries with a file name
	// that cannot be used are not here but among the problems.
	Weights []Weight
	// Problems are what cannot be used, in file order.
	Problems []Problem
}

// A Weight is one entry of an index.
type Weight struct {
	Tensor string
	File   string // relative to the index, clean, with slashes
}

// A Problem is one entry of an index that cannot be used, and why.
type Problem struct {
	Member string // "weight_map" or "total_size"
	Tensor string // of the weight map
	File   string // as it stands in the weight map
	Reason string
}

func (p Problem) String() string {
	if p.Member != "weight_map" {
		return p.Member + " " + p.Reason
	}
	return fmt.Sprintf("tensor %s: file %s %s", quote(p.Tensor), quote(p.File), p.Reason)
}

// File returns the file that holds a tensor.
func (x *Index) File(tensor string) (string, bool) {
	i, ok := slices.BinarySearchFunc(x.Weights, tensor, func(w Weight, name string) int {
		return cmp.Compare(w.Tensor, name)
	})
	if !ok {
		return "", false
	}
	return x.Weights[i].File, true
}

// Files returns the names of all files in byte order.
func (x *Index) Files() []string {
	seen := make(map[string]struct{})
	var files []string
	for _, w := range x.Weights {
		if _, ok := seen[w.File]; !ok {
			seen[w.File] = struct{}{}
			files = append(files, w.File)
		}
	}
	slices.Sort(files)
	return files
}

// ReadIndex reads an index file. Exactly one of the index and the error is nil.
// Errors are of type *Error. Members that are not known are passed over.
func ReadIndex(r io.Reader) (*Index, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxIndex+1))
	if err != nil {
		return nil, &Error{Format: "index", Offset: int64(len(data)), Detail: "read", Err: err}
	}
	if len(data) > MaxIndex {
		return nil, &Error{Format: "index", Offset: MaxIndex, Detail: fmt.Sprintf("more than %d bytes", MaxIndex), Err: ErrLimit}
	}
	x := &indexReader{
		scanner: scanner{cursor: newCursor("index", bytes.NewReader(data), int64(len(data)))},
		index:   &Index{TotalSize: -1},
		names:   make(map[string]struct{}),
		files:   make(map[string]string),
	}
	x.read()
	if x.err != nil {
		return nil, x.err
	}
	return x.index, nil
}

// indexReader reads one index file.
type indexReader struct {
	scanner
	index             *Index
	metadata, weights bool // which members were met
	total             bool
	names             map[string]struct{}
	files             map[string]string // each file name once
}

func (x *indexReader) read() {
	x.object(MaxName, x.member)
	switch {
	case x.err != nil:
	case x.space():
		x.fail(ErrMalformed, "%q after the index", x.buf[x.pos])
	case !x.weights:
		x.fail(ErrMalformed, "no weight_map")
	}
	slices.SortFunc(x.index.Weights, func(a, b Weight) int { return cmp.Compare(a.Tensor, b.Tensor) })
}

func (x *indexReader) member(at int64, name []byte) {
	switch string(name) {
	case "metadata":
		x.once(at, &x.metadata, "metadata")
		if x.peek() != '{' { // null is seen
			x.skip()
			return
		}
		x.object(MaxKey, x.metadatum)
	case "weight_map":
		x.once(at, &x.weights, "weight_map")
		x.object(MaxName, x.weight)
	default:
		x.skip()
	}
}

func (x *indexReader) once(at int64, met *bool, name string) {
	if *met {
		x.failAt(at, ErrMalformed, "%s is there twice", name)
	}
	*met = true
}

// metadatum reads one member of the metadata, of which only the total size
// matters. Some writers have it as a floating-point number.
func (x *indexReader) metadatum(at int64, name []byte) {
	if string(name) != "total_size" {
		x.skip()
		return
	}
	x.once(at, &x.total, "total_size")
	if b := x.peek(); b != '-' && (b < '0' || b > '9') {
		x.skip()
		x.problem("total_size", "", "", "is no number")
		return
	}
	x.word()
	n, ok := wholeNumber(string(x.scratch))
	if !ok {
		x.problem("total_size", "", "", "is "+quote(x.scratch)+" and no whole number of bytes")
		return
	}
	x.index.TotalSize = n
}

// wholeNumber reads a number that is not negative; "12.0" is 12.
func wholeNumber(s string) (int64, bool) {
	if whole, fraction, ok := strings.Cut(s, "."); ok && strings.Trim(fraction, "0") == "" {
		s = whole
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0
}

// weight reads one entry of the weight map.
func (x *indexReader) weight(at int64, name []byte) {
	tensor := string(name)
	if _, twice := x.names[tensor]; twice {
		x.failAt(at, ErrMalformed, "tensor %s is there twice", quote(tensor))
	}
	if len(x.names) == MaxTensors {
		x.failAt(at, ErrLimit, "more than %d tensors", MaxTensors)
	}
	x.names[tensor] = struct{}{}
	raw := x.text(MaxName)
	if x.err != nil {
		return
	}
	file, ok := x.files[string(raw)]
	if !ok {
		file = string(raw)
		x.files[file] = file
	}
	if err := CheckShardPath(file); err != nil {
		x.problem("weight_map", tensor, file, err.Error())
		return
	}
	x.index.Weights = append(x.index.Weights, Weight{tensor, file})
}

func (x *indexReader) problem(member, tensor, file, reason string) {
	x.index.Problems = append(x.index.Problems, Problem{member, tensor, file, reason})
}
