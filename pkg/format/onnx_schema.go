package format

import "google.golang.org/protobuf/encoding/protowire"

// An onnxMessage is a message of onnx.proto whose fields the reader knows.
type onnxMessage int

const (
	onnxModel onnxMessage = iota
	onnxGraph
	onnxNode
	onnxAttribute
	onnxFunction
	onnxTraining
	onnxTensor
	onnxSparse
	onnxEntry // StringStringEntryProto
	onnxOpset // OperatorSetIdProto
)

func (m onnxMessage) String() string {
	return [...]string{"ModelProto", "GraphProto", "NodeProto", "AttributeProto", "FunctionProto", "TrainingInfoProto",
		"TensorProto", "SparseTensorProto", "StringStringEntryProto", "OperatorSetIdProto"}[m]
}

// A fieldRule says how a field may be encoded and whether it may come again. A
// parser of protocol buffers takes the last of several and passes over a field
// of the wrong type; writers make neither, so that here they are malformed and
// two parsers cannot be shown different models.
type fieldRule uint8

const (
	oneVarint fieldRule = iota + 1
	oneFixed32
	oneBytes
	manyBytes
	manyVarints // packed or not, as are the next two
	manyFixed32
	manyFixed64
	oldField // of an early version, whatever it is
)

// allows reports whether a field may have the wire type.
func (r fieldRule) allows(t protowire.Type) bool {
	switch r {
	case oneVarint:
		return t == protowire.VarintType
	case oneFixed32:
		return t == protowire.Fixed32Type
	case oneBytes, manyBytes:
		return t == protowire.BytesType
	case manyVarints:
		return t == protowire.VarintType || t == protowire.BytesType
	case manyFixed32:
		return t == protowire.Fixed32Type || t == protowire.BytesType
	case manyFixed64:
		return t == protowire.Fixed64Type || t == protowire.BytesType
	}
	return true
}

// once reports whether the field is not repeated.
func (r fieldRule) once() bool { return r == oneVarint || r == oneFixed32 || r == oneBytes }

// maxOnnxField is the largest field number in onnxSchema.
const maxOnnxField = 26

// onnxSchema holds the fields of onnx.proto (ONNX 1.23, IR version 14) by
// message and number.
var onnxSchema = [...][maxOnnxField + 1]fieldRule{
	onnxModel: {1: oneVarint, 2: oneBytes, 3: oneBytes, 4: oneBytes, 5: oneVarint, 6: oneBytes, 7: oneBytes,
		8: manyBytes, 14: manyBytes, 20: manyBytes, 25: manyBytes, 26: manyBytes},
	onnxGraph: {1: manyBytes, 2: oneBytes, 3: oldField, 4: oldField, 5: manyBytes, 6: oldField, 7: oldField, 8: oldField,
		9: oldField, 10: oneBytes, 11: manyBytes, 12: manyBytes, 13: manyBytes, 14: manyBytes, 15: manyBytes, 16: manyBytes},
	onnxNode: {1: manyBytes, 2: manyBytes, 3: oneBytes, 4: oneBytes, 5: manyBytes, 6: oneBytes, 7: oneBytes, 8: oneBytes,
		9: manyBytes, 10: manyBytes},
	onnxAttribute: {1: oneBytes, 2: oneFixed32, 3: oneVarint, 4: oneBytes, 5: oneBytes, 6: oneBytes, 7: manyFixed32,
		8: manyVarints, 9: manyBytes, 10: manyBytes, 11: manyBytes, 13: oneBytes, 14: oneBytes, 15: manyBytes,
		20: oneVarint, 21: oneBytes, 22: oneBytes, 23: manyBytes},
	onnxFunction: {1: oneBytes, 2: oldField, 3: oldField, 4: manyBytes, 5: manyBytes, 6: manyBytes, 7: manyBytes, 8: oneBytes,
		9: manyBytes, 10: oneBytes, 11: manyBytes, 12: manyBytes, 13: oneBytes, 14: manyBytes},
	onnxTraining: {1: oneBytes, 2: oneBytes, 3: manyBytes, 4: manyBytes},
	onnxTensor: {1: manyVarints, 2: oneVarint, 3: oneBytes, 4: manyFixed32, 5: manyVarints, 6: manyBytes, 7: manyVarints,
		8: oneBytes, 9: oneBytes, 10: manyFixed64, 11: manyVarints, 12: oneBytes, 13: manyBytes, 14: oneVarint, 16: manyBytes},
	onnxSparse: {1: oneBytes, 2: oneBytes, 3: manyVarints},
	onnxEntry:  {1: oneBytes, 2: oneBytes},
	onnxOpset:  {1: oneBytes, 2: oneVarint},
}

// known checks a field against the schema and reports whether the reader should
// look at it. A field that onnx.proto does not name is passed over, and noted
// when it could hold something.
func (x *onnxReader) known(m onnxMessage, f wireField, seen *uint32) bool {
	var rule fieldRule
	if f.num <= maxOnnxField {
		rule = onnxSchema[m][f.num]
	}
	switch {
	case rule == 0 && f.typ == protowire.BytesType && !x.strange[onnxStrange{m, f.num}]:
		if len(x.strange) < MaxNotes {
			x.strange[onnxStrange{m, f.num}] = true
		}
		x.h.note(f.at, "field %d of %v, which onnx.proto does not name, is not read", f.num, m)
		return false
	case rule == 0 || rule == oldField:
		return false
	case !rule.allows(f.typ):
		x.failAt(f.at, ErrMalformed, "field %d of %v has the wire type %d", f.num, m, f.typ)
		return false
	case rule.once() && *seen&(1<<f.num) != 0:
		x.failAt(f.at, ErrMalformed, "field %d of %v is there twice", f.num, m)
		return false
	}
	*seen |= 1 << f.num
	return true
}

// An onnxStrange is a field that is in no schema.
type onnxStrange struct {
	message onnxMessage
	num     protowire.Number
}
