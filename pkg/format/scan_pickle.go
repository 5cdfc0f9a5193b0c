package format

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// pickles runs the pickles of an item from a byte on, one behind the other.
func (s *scan) pickles(it *item, at int64) {
	for n := 0; ; n++ {
		if n == maxFollowing || s.t.opcodes >= pickle.MaxOpcodes {
			s.gap(it, at, "more pickles than are run")
			return
		}
		j := &joblib{t: s.t, r: it.r, end: it.end, where: it.where, packedAt: it.packedAt}
		p := s.t.run(j.program(at), it.where, it.packedAt)
		if p.Err != nil {
			s.gap(it, p.Err.Offset, "a pickle that cannot be run to its end: %s", p.Err.Detail)
			return
		}
		if at = p.End; at >= it.end {
			return
		}
		head := make([]byte, min(512, it.end-at))
		got, _ := it.r.ReadAt(head, at)
		if head = head[:max(0, got)]; !pickle.Likely(head) && !isPickle(head) && !isTorchLegacy(head) {
			return
		}
	}
}

// A joblib runs a pickle of joblib (numpy_pickle.py), in which the bytes of an
// array follow the opcode that completes its wrapper.
type joblib struct {
	t        *torchReader
	r        io.ReaderAt
	end      int64
	where    string
	packedAt int64
	depth    int
}

// joblibWrappers are the classes whose state is followed by an array.
var joblibWrappers = [...]string{"joblib.numpy_pickle.NumpyArrayWrapper", "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper"}

var (
	errJoblibArray = errors.New("an array of a form that is not known")
	errJoblibDepth = errors.New("arrays of objects nested too deep")
)

// program runs the pickle at a byte.
func (j *joblib) program(at int64) *pickle.Program {
	return pickle.RunWith(j.r, at, j.end, pickle.Options{Rank: rankGlobal, Skim: maxSkim - j.t.skimmed, Foreign: j.foreign})
}

// foreign finds the end of the array that follows a wrapper.
func (j *joblib) foreign(o *pickle.Object, state pickle.Value, at int64) (int64, error) {
	if !pickle.IsGlobal(o.Class, joblibWrappers[:]...) {
		return at, nil
	}
	fields, ok := state.(*pickle.Dict)
	if !ok {
		return at, errJoblibArray
	}
	var shape, dtype, alignment pickle.Value
	for _, e := range fields.Entries {
		switch e.Key {
		case pickle.Value(pickle.Text("shape")):
			shape = e.Value
		case pickle.Value(pickle.Text("dtype")):
			dtype = e.Value
		case pickle.Value(pickle.Text("numpy_array_alignment_bytes")):
			alignment = e.Value
		}
	}
	size, objects, ok := numpyItem(dtype)
	if !ok {
		return at, errJoblibArray
	}
	if objects {
		return j.objects(at)
	}
	return j.skip(at, shape, size, alignment)
}

// objects runs the pickle that stands for an array of objects.
func (j *joblib) objects(at int64) (int64, error) {
	if j.depth == maxScanDepth || j.t.opcodes >= pickle.MaxOpcodes {
		return at, errJoblibDepth
	}
	in := *j
	in.depth++
	p := j.t.run(in.program(at), j.where, j.packedAt)
	if p.Err != nil {
		return at, p.Err
	}
	return p.End, nil
}

// skip passes over the values of an array, before which a byte tells how many
// bytes of padding follow when there is an alignment.
func (j *joblib) skip(at int64, shape pickle.Value, size int64, alignment pickle.Value) (int64, error) {
	dims, ok := sequence(shape)
	if !ok || len(dims) > MaxRank {
		return at, errJoblibArray
	}
	lengths := make([]uint64, len(dims))
	for i, d := range dims {
		n, ok := d.(pickle.Int)
		if !ok || n < 0 {
			return at, errJoblibArray
		}
		lengths[i] = uint64(n)
	}
	if n, ok := alignment.(pickle.Int); ok && n > 0 {
		var padding [1]byte
		if _, err := j.r.ReadAt(padding[:], at); err != nil || at >= j.end {
			return at, errJoblibArray
		}
		at += 1 + int64(padding[0])
	}
	n, ok := elements(lengths)
	if !ok || at > j.end || size > 0 && n > (j.end-at)/size {
		return at, errJoblibArray
	}
	return at + n*size, nil
}

// numpyItem returns the size of one item of a pickled dtype in bytes, and whether
// items are or hold objects.
func numpyItem(v pickle.Value) (size int64, objects, ok bool) {
	o, ok := v.(*pickle.Object)
	if !ok || !pickle.IsGlobal(o.Class, "numpy.dtype") {
		return 0, false, false
	}
	args, ok := o.Args.(*pickle.Tuple)
	if !ok || len(args.Items) == 0 {
		return 0, false, false
	}
	code, ok := args.Items[0].(pickle.Text)
	if !ok {
		return 0, false, false
	}
	for _, state := range o.State() {
		if t, ok := state.(*pickle.Tuple); ok && len(t.Items) > 7 {
			flags, ok := t.Items[7].(pickle.Int)
			objects = objects || !ok || flags&1 != 0 // NPY_ITEM_REFCOUNT
		}
	}
	size, hold, ok := numpyCode(string(code))
	return size, objects || hold, ok
}

// numpyCode reads a type string of NumPy's array interface, without its
// byte order: "f8", "U10", "O8".
func numpyCode(code string) (size int64, objects, ok bool) {
	code = strings.TrimLeft(code, "<>|=")
	if code == "" {
		return 0, false, false
	}
	digits, _, _ := strings.Cut(code[1:], "[")
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 {
		return 0, code[0] == 'O', code[0] == 'O'
	}
	switch code[0] {
	case 'O':
		return n, true, true
	case 'U':
		return 4 * n, false, true
	case 'b', 'i', 'u', 'f', 'c', 'm', 'M', 'S', 'a', 'V', 'B', '?':
		return n, false, true
	}
	return 0, false, false
}

// array looks at a file of one NumPy array (numpy.lib.format): one of objects is
// a pickle behind the header.
func (s *scan) array(it *item) {
	head := make([]byte, min(it.size(), 1<<20))
	n, _ := it.r.ReadAt(head, it.begin)
	head = head[:max(0, n)]
	text, end, ok := numpyHeader(head)
	if !ok {
		s.gap(it, it.begin, "an array whose header is not that of numpy.save")
		return
	}
	if holdsObjects(text) {
		s.pickles(it, it.begin+end)
	}
}

// plainArray reports whether the first bytes are those of an array that is none of
// objects.
func plainArray(head []byte) bool {
	text, _, ok := numpyHeader(head)
	return ok && !holdsObjects(text)
}

// numpyHeader returns the text of an array's header, and where the data begin.
func numpyHeader(head []byte) (text string, end int64, ok bool) {
	if len(head) < 12 {
		return "", 0, false
	}
	n, at := int64(head[8])|int64(head[9])<<8, int64(10)
	if head[6] >= 2 {
		n, at = n|int64(head[10])<<16|int64(head[11])<<24, 12
	}
	if head[6] < 1 || head[6] > 3 || n > int64(len(head))-at {
		return "", 0, false
	}
	return string(head[at : at+n]), at + n, true
}

var (
	pythonLiteral = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	pythonBlank   = regexp.MustCompile(`^(?:\s|#[^\n]*\n)*[uUrR]?$`)
)

// joinsTexts reports whether two literals follow each other, which Python reads as
// one.
func joinsTexts(header string) bool {
	list := pythonLiteral.FindAllStringIndex(header, -1)
	for i := 1; i < len(list); i++ {
		if pythonBlank.MatchString(header[list[i-1][1]:list[i][0]]) {
			return true
		}
	}
	return false
}

// holdsObjects reports whether a header names a type with objects: 'O' as a code
// of its own, wherever it stands in the description, also in a list of codes such
// as 'f8,O'. Python reads the header as a literal, in which an escape can hide a
// letter, and two texts can be one.
func holdsObjects(header string) bool {
	_, descr, ok := strings.Cut(header, "descr")
	if !ok || strings.Contains(header, `\`) || joinsTexts(header) {
		return true // which numpy.save does not write
	}
	for _, code := range strings.FieldsFunc(descr, func(r rune) bool { return r == '\'' || r == '"' || r == ',' }) {
		code = strings.Trim(code, "0123456789() \t\n\v\f\r<>|=_")
		if oneOf(code, "O", "object", "Object") { // and not a field called obj_id
			return true
		}
	}
	return false
}
