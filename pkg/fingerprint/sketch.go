package fingerprint

import (
	"errors"
	"fmt"
	"slices"

	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/tensor"
)

// SketchOptions say what is known of a tensor beside its values. The zero value
// gives a full sketch of a model of which nothing is known.
type SketchOptions struct {
	// Format is that of the header ("gguf", "tfjs"), for formats that arrange
	// tensors in their own way. NewSketches takes it from the header when it is
	// empty.
	Format string
	// Heads and KVHeads are the attention heads, for tensors whose rows are
	// theirs. KVHeads is Heads when it is 0.
	Heads, KVHeads int
	// HeadsOf gives the heads for the name of a tensor instead, for files that
	// hold several parts.
	HeadsOf func(name string) (heads, kvHeads int)
	// Sparse leaves out what takes many reads: sets of rows and columns, and
	// views whose windows do not lie in one piece.
	Sparse bool
}

// SketchTensor makes the sketch of a tensor, whatever its Layout, by reading its
// windows, and its rows unless the options are sparse. It equals what
// [Sketches] makes of the same tensor.
//
// A type or layout whose values are not known gives the class Unread and no
// error. Errors are those of package tensor and of reads.
func SketchTensor(open format.Opener, t *format.Tensor, bigEndian bool, o SketchOptions) (Sketch, error) {
	r, err := tensor.Open(open, t, bigEndian)
	if err != nil {
		return unread(err)
	}
	per, _, _ := t.DType.Block()
	s := subject{name: t.Name, shape: t.Shape, dtype: t.DType, per: per, decode: r.Decode, repeats: repeats(t)}
	if t.Layout != nil && t.Layout.Affine != nil {
		s.affine = true
	}
	return s.sketch(o)
}

// SketchWeight makes the sketch of a logical weight, which a quantised
// checkpoint may store in several tensors.
//
// Where a scale for each row or block of at least WindowSize elements stands
// beside 8-bit values (scaled, bitsandbytes-8bit), the values are read without
// it: windows are looked at relative to their medians. Sets of rows are made of
// the schemes that store rows in one piece: these, plain tensors, and fp8-block.
// A scheme whose values are not known gives the class Unread and no error.
func SketchWeight(w *tensor.Weight, q tensor.QuantFacts, src tensor.Source, o SketchOptions) (Sketch, error) {
	if w.Shape == nil {
		return Sketch{Class: Unread, Reason: "its shape is not known"}, nil
	}
	s := subject{name: w.Name, shape: w.Shape, per: 1, joined: true}
	switch w.Scheme {
	case tensor.Plain, tensor.Scaled, tensor.BNB8, tensor.FP8Block:
		s.rows = true
	}
	r, err := src(w.Tensors[0])
	if err != nil {
		return unread(err)
	}
	s.decode = func(first int64, dst []float32) error { return tensor.DecodeWeight(w, q, src, first, dst) }
	if w.Scheme == tensor.Scaled || w.Scheme == tensor.BNB8 {
		if r.Elements() != w.Parameters {
			return Sketch{Class: Unread, Reason: "its values are packed in a way that is not known"}, nil
		}
		s.decode = r.Decode
	}
	return s.sketch(o)
}

// unread turns an error about a type or scheme into a sketch that says so.
func unread(err error) (Sketch, error) {
	if errors.Is(err, format.ErrUnsupported) {
		return Sketch{Class: Unread, Reason: err.Error()}, nil
	}
	return Sketch{}, err
}

// repeats reports a view that repeats its storage, whose rows may be any number.
func repeats(t *format.Tensor) bool {
	if t.Layout == nil || t.Layout.Strides == nil {
		return false
	}
	for i, s := range t.Layout.Strides {
		if s == 0 && t.Shape[i] > 1 {
			return true
		}
	}
	return false
}

// A subject is a tensor, or a weight, with a way to read its values.
type subject struct {
	name    string
	shape   []uint64
	dtype   format.DType // empty for a joined weight
	per     int64        // elements that are decoded together
	affine  bool         // integers that stand for other values
	joined  bool         // a weight of several tensors
	rows    bool         // of a joined weight: rows are stored in one piece
	repeats bool
	decode  func(first int64, dst []float32) error
}

// sketch reads what the job asks for.
func (s *subject) sketch(o SketchOptions) (Sketch, error) {
	j := newJob(s, o, plans{})
	if j.done {
		return j.sketch, nil
	}
	values := make([]float32, j.plan.units*s.per)
	at := int64(0)
	for _, r := range j.plan.runs {
		n := min(r.n*s.per, j.elements-r.first*s.per)
		if err := s.decode(r.first*s.per, values[at:at+n]); err != nil {
			return unread(err)
		}
		at += r.n * s.per
	}
	j.judge(values, new([]sample))
	if j.sketch.Class == Matrix {
		if err := j.lines(s); err != nil {
			return Sketch{}, err
		}
	}
	return j.sketch, nil
}

// A job is the sketch of one tensor in the making.
type job struct {
	done     bool // without any values
	elements int64
	plan     *plan
	rows     *lineSpec // nil when no set is made
	columns  *lineSpec
	rounded  bool // the values were rounded to a few levels
	sketch   Sketch
}

// newJob decides all that can be decided without values.
func newJob(s *subject, o SketchOptions, known plans) *job {
	c, n, ok := canonicalOf(s.name, s.shape, o)
	j := &job{done: true, elements: int64(n)}
	switch {
	case !ok:
		j.sketch = Sketch{Class: Unread, Reason: "its shape overflows"}
		return j
	case c.empty || len(c.dims) == 0:
		j.sketch.Class = Small
		return j
	}
	if reason := constantName(s.name); reason != "" {
		j.sketch = Sketch{Class: Constant, Reason: reason}
		return j
	}
	if table := integer(s.dtype) && !s.affine; table && (len(c.dims) > 1 || s.dtype != "I32" || !isBias(s.name)) {
		j.sketch = Sketch{Class: Constant, Reason: fmt.Sprintf("integers of type %s", s.dtype)}
		return j
	}
	j.done = false
	if len(c.dims) == 1 {
		j.sketch.Class = Vector
		if isGain(s.name) {
			j.sketch.Class = Gain
		}
		j.plan = known.get(nil, n, s.per)
		return j
	}
	views := c.arrangements(s.name, s.per == 1 && !s.joined && !o.Sparse, o)
	if c.rows == 0 || len(Probes(c.rows, c.cols)) < minWindows {
		return &job{done: true, sketch: Sketch{Class: Small}}
	}
	j.sketch.Class = Matrix
	j.plan = known.get(views, 0, s.per)
	j.rounded = s.joined || s.affine || !s.dtype.Float() || small(s.dtype)
	if !o.Sparse && !c.flat {
		j.setLines(s, &c)
	}
	return j
}

// setLines decides which sets are made.
func (j *job) setLines(s *subject, c *canonical) {
	if s.repeats || j.elements >= 1<<56 || s.joined && !s.rows || !s.joined && !lineTypes[s.dtype] {
		return
	}
	few := j.elements <= smallMatrix
	rowBytes := int64(minRowBytes)
	if !s.joined {
		_, unit, _ := s.dtype.Block()
		rowBytes = int64(c.cols) / s.per * unit
	}
	if c.rows >= minRows && c.rows <= maxProbeRows && c.cols%uint64(s.per) == 0 && (few || rowBytes >= minRowBytes) {
		j.rows = newLineSpec(c.rows, c.cols, c.cols)
	}
	if s.per == 1 && !s.joined && c.experts == 0 && (c.rows >= minColumnHeight || few && c.rows >= lineWindows*WindowSize) && c.cols > c.rows && c.cols <= maxColumns {
		j.columns = newLineSpec(c.cols, c.rows, c.cols)
	}
}

// integer reports the types of indices and switches. 8 bits and fewer are also
// what weights are quantised to.
func integer(d format.DType) bool {
	switch d {
	case "BOOL", "I16", "U16", "I32", "U32", "I64", "U64":
		return true
	}
	return false
}

// small reports the floating-point types with so few levels that few distinct
// values in a window mean nothing.
func small(d format.DType) bool {
	elements, bytes, _ := d.Block()
	return bytes <= elements
}

// judge makes the sketch of the planned values. Room is for samples, and used
// again for the next tensor.
func (j *job) judge(values []float32, room *[]sample) {
	p := j.plan
	if len(p.views) == 0 {
		j.vector(values)
		return
	}
	samples := make([][]sample, len(p.views))
	for i, v := range p.views {
		n := len(v.slots) / WindowSize
		*room = slices.Grow(*room, n)
		samples[i] = (*room)[len(*room):][:n]
		*room = (*room)[:len(*room)+n]
		for k := range samples[i] {
			samples[i][k].take(values, v.slots[k*WindowSize:][:WindowSize])
		}
	}
	*room = (*room)[:0]
	stored := samples[0]
	for i := range stored {
		if !stored[i].finite {
			j.sketch.NonFinite++
		}
	}
	if j.sketch.NonFinite == len(stored) {
		j.sketch = Sketch{Class: Unread, Reason: "no window has finite values only", NonFinite: j.sketch.NonFinite}
		return
	}
	var across []sample
	if len(samples) > 1 && p.views[1].transform == Transposed {
		across = samples[1]
	}
	few := j.fewest(stored)
	if reason := constantValues(stored, across); reason != "" {
		j.sketch = Sketch{Class: Constant, Reason: reason, NonFinite: j.sketch.NonFinite}
		return
	}
	for i, v := range p.views {
		view := View{Transform: v.transform, Rows: v.rows, Cols: v.cols, Windows: make([]Window, len(samples[i]))}
		for k := range samples[i] {
			view.Windows[k] = samples[i][k].window(few)
		}
		kept := samples[i]
		if i > 0 {
			kept = kept[:min(len(kept), OtherValues)]
		}
		view.measure(kept)
		j.sketch.Views = append(j.sketch.Views, view)
	}
	if !j.sketch.Views[0].says() {
		j.sketch = Sketch{Class: Unread, Reason: fmt.Sprintf("no window has %d distinct values", few), NonFinite: j.sketch.NonFinite}
		return
	}
}

// says reports whether any window has a bit.
func (v *View) says() bool {
	return slices.ContainsFunc(v.Windows, func(w Window) bool { return w.Used != 0 })
}

// measure keeps the values of the samples.
func (v *View) measure(samples []sample) {
	v.Scales = make([]float32, len(samples))
	v.Values = make([]int16, 0, len(samples)*WindowSize)
	for i := range samples {
		v.Values, v.Scales[i] = samples[i].scaled(v.Values)
	}
}

// fewest is the number of distinct values that windows of this tensor must
// have. A tensor whose windows mostly have few is one of few levels, whatever
// type it is stored in: ternary weights, or weights of which most were pruned.
func (j *job) fewest(stored []sample) int {
	rich, poor := 0, 0
	for i := range stored {
		switch d := stored[i].distinct; {
		case d >= fewestPlain:
			rich++
		case d >= fewest:
			poor++
		}
	}
	if j.rounded || poor > rich {
		return fewest
	}
	return fewestPlain
}

// vector keeps the chosen elements.
func (j *job) vector(values []float32) {
	j.sketch.Gains = make([]float32, len(j.plan.gains))
	finite := 0
	for i, slot := range j.plan.gains {
		v := values[slot]
		j.sketch.Gains[i] = v
		if v-v == 0 {
			finite++
		}
	}
	if finite == 0 {
		j.sketch = Sketch{Class: Unread, Reason: "no element is finite"}
	}
}
