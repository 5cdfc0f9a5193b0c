package format

import (
	"math"
	"slices"
	"strconv"
)

// tfjsTypes holds the types of weights (tfjs-core 4, DataTypeMap) and those that
// the converter may store (tensorflowjs 4, read_weights.py, _INPUT_DTYPES).
// Strings have no fixed size.
var tfjsTypes = map[string]DType{
	"float32": "F32", "float16": "F16", "int32": "I32", "uint8": "U8", "uint16": "U16", "bool": "BOOL", "complex64": "C64",
}

// A tfjsWeight is the entry of a weight as it is read (WeightsManifestEntry).
type tfjsWeight struct {
	name   string
	dtype  string
	shape  []uint64
	fields [4]bool // name, shape, dtype and quantization were met

	stored     string // quantization.dtype, empty without quantisation
	scale, min float64
	quantised  [4]bool // dtype, scale, min and original_dtype were met
}

// readWeight reads the entry of a weight and gives it its place.
func (x *tfjsReader) readWeight() {
	x.weight = tfjsWeight{}
	w := &x.weight
	x.peek()
	at := x.off()
	x.object(MaxName, x.weightField)
	switch {
	case x.err != nil:
		return
	case !w.fields[0] || !w.fields[1] || !w.fields[2]:
		x.failAt(at, ErrMalformed, "a weight lacks its name, shape or dtype")
		return
	}
	if _, twice := x.names[w.name]; twice {
		x.failAt(at, ErrMalformed, "weight %s is there twice", quote(w.name))
		return
	}
	if len(x.names) == MaxTensors {
		x.failAt(at, ErrLimit, "more than %d weights", MaxTensors)
		return
	}
	x.names[w.name] = struct{}{}
	x.place(at)
}

// weightField reads one field of an entry.
func (x *tfjsReader) weightField(at int64, name []byte) {
	w := &x.weight
	switch string(name) {
	case "name":
		x.only(at, &w.fields[0], "the name")
		w.name = string(x.text(MaxName))
	case "shape":
		x.only(at, &w.fields[1], "the shape")
		w.shape = x.shape()
	case "dtype":
		x.only(at, &w.fields[2], "the dtype")
		w.dtype = string(x.text(maxDType))
	case "quantization":
		x.only(at, &w.fields[3], "the quantization")
		if x.peek() == 'n' { // null
			x.skip()
			return
		}
		x.object(MaxName, x.quantizationField)
		if x.err == nil && !w.quantised[0] {
			x.failAt(at, ErrMalformed, "a quantization without dtype")
		}
	default:
		x.h.note(at, "a weight has a member %s that is not known", quote(name))
		x.skip()
	}
}

func (x *tfjsReader) quantizationField(at int64, name []byte) {
	w := &x.weight
	switch string(name) {
	case "dtype":
		x.only(at, &w.quantised[0], "the dtype of a quantization")
		w.stored = string(x.text(maxDType))
	case "scale":
		x.only(at, &w.quantised[1], "the scale of a quantization")
		w.scale = x.float()
	case "min":
		x.only(at, &w.quantised[2], "the min of a quantization")
		w.min = x.float()
	case "original_dtype":
		x.only(at, &w.quantised[3], "the original_dtype of a quantization")
		x.text(maxDType)
	default:
		x.h.note(at, "a quantization has a member %s that is not known", quote(name))
		x.skip()
	}
}

// float reads a number, which must be finite as a double.
func (x *tfjsReader) float() float64 {
	x.peek()
	at := x.off()
	lit := x.literal()
	if x.err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(string(lit), 64)
	if !number(lit) || err != nil || math.IsInf(v, 0) {
		x.failAt(at, ErrMalformed, "%s is no finite number", quote(lit))
		return 0
	}
	return v
}

func (x *tfjsReader) shape() []uint64 {
	x.shapes.begin()
	rank := 0
	x.array(func() {
		if rank++; rank > MaxRank {
			x.fail(ErrLimit, "more than %d dimensions", MaxRank)
			return
		}
		x.shapes.add(x.uint())
	})
	return x.shapes.shape()
}

// place puts the weight behind the one before it.
func (x *tfjsReader) place(at int64) {
	w := &x.weight
	n, ok := elements(w.shape)
	if !ok {
		x.failAt(at, ErrMalformed, "the shape of weight %s overflows", quote(w.name))
		return
	}
	layout := &Layout{Group: x.group, GroupOffset: x.next}
	d, known := x.stored(at, layout)
	if x.err != nil {
		return
	}
	if !known || x.lost != "" {
		x.lose(at)
		return
	}
	size, ok := d.Size(n)
	if !ok || size > maxFile-x.next {
		x.failAt(at, ErrMalformed, "weight %s has too many bytes", quote(w.name))
		return
	}
	x.next += size
	x.grow()
	x.h.Tensors = append(x.h.Tensors, Tensor{Name: w.name, DType: d, Shape: w.shape, Size: size, Layout: layout})
}

// stored returns the type in which the weight is stored, and false for one that
// is not known. Quantised weights get their affine.
func (x *tfjsReader) stored(at int64, l *Layout) (d DType, known bool) {
	w := &x.weight
	d, known = tfjsTypes[w.dtype]
	switch {
	case w.stored == "" || !known:
		return d, known
	case w.stored == "float16":
		return "F16", w.dtype == "float32"
	case w.stored != "uint8" && w.stored != "uint16" || w.dtype != "float32" && w.dtype != "int32":
		return d, false
	case !w.quantised[1] || !w.quantised[2]:
		x.failAt(at, ErrMalformed, "the quantization of weight %s lacks its scale or min", quote(w.name))
		return d, false
	}
	l.Affine = &Affine{Scale: w.scale, Min: w.min, DType: d}
	return tfjsTypes[w.stored], true
}

// lose records a weight whose bytes cannot be told from those around it.
func (x *tfjsReader) lose(at int64) {
	w := &x.weight
	x.h.Unread = append(x.h.Unread, w.name)
	switch {
	case x.lost != "":
		x.h.note(at, "weight %s lies behind %s, whose size is not known", quote(w.name), quote(x.lost))
		return
	case w.stored != "":
		x.h.note(at, "weight %s is of type %s quantised to %s, which is not known", quote(w.name), quote(w.dtype), quote(w.stored))
	case w.dtype == "string":
		x.h.note(at, "weight %s holds strings, whose size is not known", quote(w.name))
	default:
		x.h.note(at, "weight %s is of type %s, which is not known", quote(w.name), quote(w.dtype))
	}
	x.lost, x.group.open = w.name, true
}

// grow makes room for tensors by how many the rest of the file could hold if it
// were like what was read.
func (x *tfjsReader) grow() {
	have := len(x.h.Tensors)
	if have < cap(x.h.Tensors) {
		return
	}
	left := x.left()
	more := min(int64(have+1)*left/max(1, x.off()), left/int64(minTFJSWeight))
	x.h.Tensors = slices.Grow(x.h.Tensors, int(more)+have/16+1)
}
