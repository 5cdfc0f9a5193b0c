package format

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// WeightsOnly begins the detail of a code record that loading with PyTorch's
// weights_only=True allows.
const WeightsOnly = "weights-only"

// A torchCode is a code record, and whether PyTorch's restricted loader allows
// it.
type torchCode struct {
	Code
	allowed bool
}

func (t *torchReader) addCode(kind CodeKind, off int64, name, format string, args ...any) {
	t.code = append(t.code, torchCode{Code: Code{Kind: kind, Offset: off, Name: clean(name), Detail: clean(fmt.Sprintf(format, args...))}})
}

// addAnomaly records that a file is not as PyTorch writes it.
func (t *torchReader) addAnomaly(off int64, name, format string, args ...any) {
	if len(t.code) <= 4*MaxCode {
		t.addCode(CodeAnomaly, off, name, format, args...)
	}
}

// clean makes valid UTF-8 of a text.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// run runs a pickle and keeps what it would do. Where is the member that holds
// it, at the byte where the member's data begin when they are compressed (then
// offsets in it mean nothing in the file), or -1.
func (t *torchReader) run(p *pickle.Program, where string, packedAt int64) *pickle.Program {
	t.opcodes += p.Opcodes
	for i := range p.Records {
		t.addRecord(&p.Records[i], where, packedAt)
	}
	return p
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
	c := torchCode{Code: Code{Kind: CodeKind(r.Kind), Offset: r.Offset, Name: clean(r.Name)}}
	c.allowed = !r.Nested && weightsOnly(r)
	var detail []string
	if c.allowed {
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
	t.code = append(t.code, c)
}

// codes returns the records in file order, at most MaxCode and one that says so.
// What the restricted loader allows is left out first.
func (t *torchReader) codes() []Code {
	byPlace := func(a, b torchCode) int { return cmp.Compare(a.Offset, b.Offset) }
	slices.SortStableFunc(t.code, byPlace)
	if len(t.code) > MaxCode {
		slices.SortStableFunc(t.code, func(a, b torchCode) int {
			switch {
			case a.allowed == b.allowed:
				return 0
			case b.allowed:
				return -1
			}
			return 1
		})
		first := t.code[MaxCode].Offset
		t.code = t.code[:MaxCode]
		t.addCode(CodeAnomaly, first, "too many records", "further ones are left out")
		slices.SortStableFunc(t.code, byPlace)
	}
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
