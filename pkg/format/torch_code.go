package format

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// WeightsOnly begins the detail of a code record that loading with PyTorch's
// weights_only=True allows.
const WeightsOnly = "weights-only"

// Limits on the code records that are kept until a file was read. A file may
// hold many pickles, each with as many records as package pickle keeps.
const (
	// maxDangers bounds the dangerous names of one rank, those that are called
	// and the others.
	maxDangers = 200
	// maxOther bounds the records of each other class.
	maxOther = 4 * MaxCode
)

// A codeClass is what is left out together when there are too many records. The
// first are kept before the last.
type codeClass int

const (
	classDanger  codeClass = iota // dangerous names
	classOdd                      // anomalies and program text
	classOther                    // names of which nothing or nothing bad is known
	classAllowed                  // what PyTorch's restricted loader allows
)

// A torchCode is a code record and its class.
type torchCode struct {
	Code
	class codeClass
}

// A codeBudget is what a record counts against.
type codeBudget struct {
	class codeClass
	rank  int
	call  bool
}

// keep keeps a record, unless there are too many of its kind.
func (t *torchReader) keep(c torchCode) {
	b, most := codeBudget{class: c.class}, maxOther
	if c.class == classOther || c.class == classDanger {
		if rank := rankGlobal(c.Name); rank > 0 {
			c.class, most = classDanger, maxDangers
			b = codeBudget{classDanger, rank, c.Kind == CodeCall}
		}
	}
	if t.spent[b] >= most {
		t.lost = true
		t.lostAt = max(t.lostAt, c.Offset)
		return
	}
	t.spent[b]++
	t.code = append(t.code, c)
}

func (t *torchReader) addCode(kind CodeKind, off int64, name, format string, args ...any) {
	t.keep(torchCode{Code{Kind: kind, Offset: off, Name: clean(name), Detail: clean(fmt.Sprintf(format, args...))}, classOdd})
}

// addAnomaly records that a file is not as PyTorch writes it.
func (t *torchReader) addAnomaly(off int64, name, format string, args ...any) {
	t.addCode(CodeAnomaly, off, name, format, args...)
}

// clean makes valid UTF-8 of a text.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// run runs a pickle and keeps what it would do. Where is the member that holds
// it, at the byte where the member's data begin when they are compressed (then
// offsets in it mean nothing in the file), or -1.
func (t *torchReader) run(p *pickle.Program, where string, packedAt int64) *pickle.Program {
	t.opcodes += p.Opcodes
	t.skimmed += p.Skimmed
	for i := range p.Records {
		t.addRecord(&p.Records[i], where, packedAt)
	}
	return p
}

// maxSkim bounds how much of one file is skimmed for dangerous names behind the
// limits of package pickle, in bytes.
const maxSkim = 256 << 20

// program runs a pickle of a reader, which is the file or an inflated member.
func (t *torchReader) program(r io.ReaderAt, begin, end int64) *pickle.Program {
	return pickle.RunWith(r, begin, end, pickle.Options{Rank: rankGlobal, Skim: maxSkim - t.skimmed})
}

// must fails when a pickle could not be run to its end.
func (t *torchReader) must(p *pickle.Program, what string, packedAt int64) bool {
	if p.Err == nil || t.err != nil {
		return t.err == nil
	}
	off := p.Err.Offset
	if packedAt >= 0 {
		off = packedAt
	}
	t.fail(min(off, t.size), torchSentinel(p.Err.Err), "%s: %s", what, p.Err.Detail)
	return false
}

// torchSentinel returns the error of this package for one of package pickle.
func torchSentinel(err error) error {
	switch err {
	case pickle.ErrMalformed:
		return ErrMalformed
	case pickle.ErrTruncated:
		return ErrTruncated
	case pickle.ErrUnsupported:
		return ErrUnsupported
	case pickle.ErrLimit:
		return ErrLimit
	}
	return err
}

func (t *torchReader) addRecord(r *pickle.Record, where string, packedAt int64) {
	c := torchCode{Code{Kind: CodeKind(r.Kind), Offset: r.Offset, Name: clean(r.Name)}, classOther}
	var detail []string
	switch {
	case r.Kind == pickle.KindAnomaly:
		c.class = classOdd
	case !r.Nested && weightsOnly(r):
		c.class = classAllowed
		detail = append(detail, WeightsOnly)
	}
	if r.Op != "" {
		detail = append(detail, r.Op)
	}
	if r.Count > 1 {
		detail = append(detail, fmt.Sprintf("%d times", r.Count))
	}
	if where != "" {
		detail = append(detail, "in "+quote(where))
	}
	if packedAt >= 0 {
		detail = append(detail, fmt.Sprintf("at byte %d of the inflated member", r.Offset))
		c.Offset = packedAt
	}
	if r.Nested {
		detail = append(detail, "in a pickle inside of a byte string")
	}
	if r.Detail != "" {
		detail = append(detail, r.Detail)
	}
	c.Detail = clean(strings.Join(detail, "; "))
	t.keep(c)
}

// codes returns the records in file order, at most MaxCode and one that says so.
// Dangerous names are left out last, what the restricted loader allows first.
func (t *torchReader) codes() []Code {
	byPlace := func(a, b torchCode) int { return cmp.Compare(a.Offset, b.Offset) }
	slices.SortStableFunc(t.code, byPlace)
	if len(t.code) > MaxCode {
		slices.SortStableFunc(t.code, func(a, b torchCode) int { return cmp.Compare(a.class, b.class) })
		t.lost, t.lostAt = true, max(t.lostAt, t.code[MaxCode].Offset)
		t.code = t.code[:MaxCode]
	}
	if t.lost {
		t.code = append(t.code, torchCode{Code: Code{Kind: CodeAnomaly, Offset: min(t.lostAt, max(t.size, 0)), Name: "too many records", Detail: "further ones are left out"}})
	}
	slices.SortStableFunc(t.code, byPlace)
	var codes []Code
	for _, c := range t.code {
		codes = append(codes, c.Code)
	}
	return codes
}

// weightsOnly reports whether torch/_weights_only_unpickler.py (PyTorch 2.x)
// allows what a record does without further permission.
func weightsOnly(r *pickle.Record) bool {
	switch r.Kind {
	case pickle.KindGlobal:
		return r.Op == "GLOBAL" && weightsOnlyGlobal(r.Name)
	case pickle.KindCall:
		return r.Op == "REDUCE" && weightsOnlyGlobal(r.Name) ||
			r.Op == "NEWOBJ" && oneOf(r.Name, "torch.Tensor", "torch.nn.parameter.Parameter", "torch.storage.UntypedStorage", "torch.storage.TypedStorage")
	case pickle.KindBuild:
		return oneOf(r.Name, "torch.Tensor", "torch.nn.parameter.Parameter", "torch._utils._rebuild_tensor_v2", "collections.OrderedDict")
	}
	return false
}

// weightsOnlyGlobals are the fixed ones of _get_allowed_globals.
var weightsOnlyGlobals = map[string]bool{
	"collections.OrderedDict": true, "collections.Counter": true,
	"torch.nn.parameter.Parameter": true, "torch.serialization._get_layout": true,
	"torch.Size": true, "torch.Tensor": true, "torch.device": true,
	"_codecs.encode": true, "builtins.bytearray": true, "builtins.set": true, "builtins.complex": true,
	"torch._utils._rebuild_parameter": true, "torch._utils._rebuild_parameter_with_state": true,
	"torch._utils._rebuild_qtensor": true, "torch._utils._rebuild_tensor": true,
	"torch._utils._rebuild_tensor_v2": true, "torch._utils._rebuild_tensor_v3": true,
	"torch._utils._rebuild_sparse_tensor": true, "torch._utils._rebuild_meta_tensor_no_storage": true,
	"torch._utils._rebuild_nested_tensor": true, "torch._utils._rebuild_wrapper_subclass": true,
	"torch._utils._rebuild_device_tensor_from_numpy": true, "torch._utils._rebuild_device_tensor_from_cpu_tensor": true,
	"torch._tensor._rebuild_from_type_v2": true,
	"torch.per_tensor_affine":             true, "torch.per_tensor_symmetric": true, "torch.per_channel_affine": true,
	"torch.per_channel_symmetric": true, "torch.per_channel_affine_float_qparams": true,
}

// weightsOnlyGlobal reports whether a global is allowed: one of the fixed ones,
// a dtype, or a class of tensors or storages.
func weightsOnlyGlobal(name string) bool {
	if weightsOnlyGlobals[name] {
		return true
	}
	short, ok := strings.CutPrefix(name, "torch.")
	if !ok {
		return false
	}
	if _, ok := torchDTypes[short]; ok {
		return true
	}
	short = strings.TrimPrefix(strings.TrimPrefix(short, "cuda."), "storage.")
	for _, suffix := range []string{"Storage", "Tensor"} {
		if kind, ok := strings.CutSuffix(short, suffix); ok && (torchStorages[kind] != "" || suffix == "Storage" && kind == "Typed") {
			return true
		}
	}
	return false
}
