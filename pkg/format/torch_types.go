package format

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// A torchType is an element type of PyTorch: its dtype here and its size. Types
// with a note are stored as integers that mean something else.
type torchType struct {
	dtype DType
	size  int64
	note  string
}

const torchQuantized = "quantised by PyTorch: the stored integers are not its values"

// torchDTypes are the attributes of module torch that are dtypes (PyTorch 2.x).
var torchDTypes = map[string]torchType{
	"float64": {"F64", 8, ""}, "double": {"F64", 8, ""},
	"float32": {"F32", 4, ""}, "float": {"F32", 4, ""},
	"float16": {"F16", 2, ""}, "half": {"F16", 2, ""},
	"bfloat16": {"BF16", 2, ""},
	"int64":    {"I64", 8, ""}, "long": {"I64", 8, ""},
	"int32": {"I32", 4, ""}, "int": {"I32", 4, ""},
	"int16": {"I16", 2, ""}, "short": {"I16", 2, ""},
	"int8":   {"I8", 1, ""},
	"uint8":  {"U8", 1, ""},
	"uint16": {"U16", 2, ""}, "uint32": {"U32", 4, ""}, "uint64": {"U64", 8, ""},
	"bool":      {"BOOL", 1, ""},
	"complex64": {"C64", 8, ""}, "cfloat": {"C64", 8, ""},
	"complex128": {"C128", 16, ""}, "cdouble": {"C128", 16, ""},
	"complex32": {"C32", 4, ""}, "chalf": {"C32", 4, ""},
	"float8_e4m3fn": {"F8_E4M3", 1, ""}, "float8_e5m2": {"F8_E5M2", 1, ""},
	"float8_e4m3fnuz": {"F8_E4M3FNUZ", 1, ""}, "float8_e5m2fnuz": {"F8_E5M2FNUZ", 1, ""},
	"float8_e8m0fnu": {"F8_E8M0", 1, ""},
	// An element of this type is a byte with two values.
	"float4_e2m1fn_x2": {"F4", 1, ""},
	"qint8":            {"I8", 1, torchQuantized}, "quint8": {"U8", 1, torchQuantized}, "qint32": {"I32", 4, torchQuantized},
}

// torchStorages are the storage classes, by what stands before "Storage".
var torchStorages = map[string]string{
	"Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16",
	"Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
	"ComplexFloat": "complex64", "ComplexDouble": "complex128",
	"QInt8": "qint8", "QUInt8": "quint8", "QInt32": "qint32",
	"Untyped": "uint8",
	// Names of later dtypes, of which storages exist in some versions.
	"Float8_e4m3fn": "float8_e4m3fn", "Float8_e5m2": "float8_e5m2", "Float8_e4m3fnuz": "float8_e4m3fnuz",
	"Float8_e5m2fnuz": "float8_e5m2fnuz", "Float8_e8m0fnu": "float8_e8m0fnu", "ComplexHalf": "complex32",
}

// storageType returns the element type of a storage class such as
// torch.FloatStorage.
func storageType(v pickle.Value) (t torchType, ok bool) {
	g, isGlobal := v.(*pickle.Global)
	if !isGlobal || !oneOf(g.Module, "torch", "torch.cuda", "torch.storage") {
		return t, false
	}
	kind, ok := strings.CutSuffix(g.Name, "Storage")
	if !ok {
		return t, false
	}
	t, ok = torchDTypes[torchStorages[kind]]
	return t, ok
}

// dtypeOf returns the element type that a value such as torch.float32 names,
// and how it is written.
func dtypeOf(v pickle.Value) (t torchType, name string, ok bool) {
	g, isGlobal := v.(*pickle.Global)
	if !isGlobal || g.Module != "torch" {
		return t, pickle.Describe(v), false
	}
	t, ok = torchDTypes[g.Name]
	return t, g.String(), ok
}
