package format

// Sizes from which an attribute that is no tensor counts as weights.
const (
	// minOnnxFloats is a number of values. Linear models, trees and filters
	// keep coefficients in lists; scales and borders are shorter.
	minOnnxFloats = 16
	// minOnnxBlob is a length in bytes. Compiled networks are embedded as byte
	// strings, whose content is not known.
	minOnnxBlob = 64 << 10
)

func (x *onnxReader) nodeField(t *onnxFrame, f wireField) {
	switch f.num {
	case 2:
		if t.seen&seenOutput == 0 {
			t.seen |= seenOutput
			t.output = x.bytes(t.output, f, MaxName)
		}
	case 3:
		t.name = x.bytes(t.name, f, MaxName)
	case 4:
		t.op = x.bytes(t.op, f, MaxName)
	case 5:
		x.push(onnxAttribute, f)
	case 7:
		t.domain = x.bytes(t.domain, f, MaxName)
	}
}

// seenOutput marks a node whose first output was met.
const seenOutput = 1 << 31

// endNode counts the operator and gives the scope of what the node holds its
// name, which may stand behind what is named.
func (x *onnxReader) endNode(t *onnxFrame) {
	x.use(t)
	if t.inner == nil {
		return
	}
	switch op := t.operator(t.op); {
	case op == onnxOp{"", "Constant"} && len(t.output) > 0:
		t.inner.label, t.inner.constant = string(t.output), true
	case len(t.name) > 0:
		t.inner.label = string(t.name)
	case len(t.output) > 0:
		t.inner.label = string(t.output)
	default:
		t.inner.label = op.String() + "_" + itoa(t.index)
	}
}

func (x *onnxReader) attributeField(t *onnxFrame, f wireField) {
	switch f.num {
	case 1:
		t.name = x.bytes(t.name, f, MaxName)
	case 2, 7:
		x.addRun(&t.floats, f, 4)
	case 3, 8:
		x.addVarints(&t.ints, f)
	case 4:
		if f.size >= minOnnxBlob {
			x.lose(onnxOwner{f.at, x.scope(), ""}, "%d bytes of unknown content are not read", f.size)
		}
	case 5:
		x.readTensor(f, x.scope(), "", false)
	case 6:
		x.push(onnxGraph, f)
	case 10:
		x.readTensor(f, x.scope(), itoa(t.tensors), false)
		t.tensors++
	case 11:
		index := t.graphs
		t.graphs++
		x.push(onnxGraph, f).index = index
	case 22:
		x.readSparse(f, x.scope(), "", false)
	case 23:
		x.readSparse(f, x.scope(), itoa(t.tensors), false)
		t.tensors++
	}
}

// endAttribute names what the attribute holds, and records a list of numbers as
// a tensor when it is the value of a Constant or long.
func (x *onnxReader) endAttribute(t *onnxFrame) {
	name := string(t.name)
	switch {
	case name == "value_float" || name == "value_floats" || t.floats.count >= minOnnxFloats:
		x.addList(t, &t.floats, "F32", t.seen&(1<<2) != 0, t.seen&(1<<7) != 0)
	case name == "value_int" || name == "value_ints":
		x.addList(t, &t.ints, "I64", t.seen&(1<<3) != 0, t.seen&(1<<8) != 0)
	}
	if t.inner != nil {
		t.inner.label = name
	}
}

func (x *onnxReader) addList(t *onnxFrame, r *onnxRuns, d DType, scalar, list bool) {
	if scalar && list {
		x.failAt(t.at, ErrMalformed, "an attribute with both a value and a list of values")
		return
	}
	if !scalar && !list {
		return
	}
	owner, tensor := onnxOwner{t.at, x.scope(), ""}, Tensor{DType: d}
	if list {
		if r.inexact {
			x.lose(owner, "its values are too many to count")
			return
		}
		x.shapes.begin()
		x.shapes.add(uint64(r.count))
		tensor.Shape = x.shapes.shape()
	}
	x.addRuns(owner, tensor, r, d == "I64")
}
