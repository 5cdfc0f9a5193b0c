package format

// An onnxFrame is a message that is being read and that may hold others like
// it. Frames are used again for the messages that follow, with their buffers.
type onnxFrame struct {
	message onnxMessage
	at      int64 // of its field
	stop    int64
	seen    uint32
	nodes   int64  // of a graph or function, met so far
	graphs  int64  // of an attribute, or trainings of a model, met so far
	tensors int64  // of an attribute, met so far
	index   int64  // of a node in its graph, of a graph in its attribute, from 0; or -1
	step    string // of a graph that is known by its field
	// inner is the step of the path that the message makes to what it holds. It
	// is made when that is found.
	inner *onnxScope

	name, op, domain, output []byte
	floats, ints             onnxRuns
}

// walk reads the whole model. Messages that hold each other are kept on a stack
// of limited depth.
func (x *onnxReader) walk() {
	x.push(onnxModel, wireField{size: x.end})
	for len(x.stack) > 0 && x.err == nil {
		top := &x.stack[len(x.stack)-1]
		x.stop, x.inside = top.stop, len(x.stack) > 1
		f, ok := x.next()
		if !ok {
			x.pop(top)
			continue
		}
		depth := len(x.stack)
		if x.known(top.message, f, &top.seen) {
			x.field(top, f)
		}
		if len(x.stack) == depth {
			x.skipTo(f.end())
		}
	}
}

// push begins a message that is read field by field in walk. Pointers to frames
// are void after it.
func (x *onnxReader) push(m onnxMessage, f wireField) *onnxFrame {
	n := len(x.stack)
	if n == MaxOnnxDepth {
		x.failAt(f.at, ErrLimit, "messages nested more than %d deep", MaxOnnxDepth)
		return &x.stack[n-1]
	}
	if n < cap(x.stack) {
		x.stack = x.stack[:n+1]
	} else {
		x.stack = append(x.stack, onnxFrame{})
	}
	t := &x.stack[n]
	*t = onnxFrame{message: m, at: f.at, stop: f.end(), index: -1,
		name: t.name[:0], op: t.op[:0], domain: t.domain[:0], output: t.output[:0],
		floats: t.floats.empty(), ints: t.ints.empty()}
	return t
}

// pop ends a message.
func (x *onnxReader) pop(t *onnxFrame) {
	if x.err != nil {
		return
	}
	switch t.message {
	case onnxModel:
		if t.seen&(1<<7) == 0 {
			x.failAt(t.stop, ErrMalformed, "no graph")
		}
	case onnxNode:
		x.endNode(t)
	case onnxAttribute:
		x.endAttribute(t)
	case onnxFunction:
		x.endFunction(t)
	}
	x.stack = x.stack[:len(x.stack)-1]
}

// field reads a field of a message that is on the stack.
func (x *onnxReader) field(t *onnxFrame, f wireField) {
	switch t.message {
	case onnxModel:
		x.modelField(t, f)
	case onnxGraph:
		x.graphField(t, f)
	case onnxNode:
		x.nodeField(t, f)
	case onnxAttribute:
		x.attributeField(t, f)
	case onnxFunction:
		x.functionField(t, f)
	case onnxTraining:
		x.trainingField(f)
	}
}

// each reads a message that holds none of the above.
func (x *onnxReader) each(m onnxMessage, message wireField, field func(wireField)) {
	outer, inside := x.stop, x.inside
	x.stop, x.inside = message.end(), true
	var seen uint32
	for {
		f, ok := x.next()
		if !ok {
			break
		}
		if x.known(m, f, &seen) {
			field(f)
		}
		x.skipTo(f.end())
	}
	x.stop, x.inside = outer, inside
}

func (x *onnxReader) modelField(t *onnxFrame, f wireField) {
	switch f.num {
	case 1, 2, 3, 4, 5, 6, 8, 14:
		x.modelMetadata(f)
	case 7:
		x.push(onnxGraph, f)
	case 20:
		index := t.graphs
		t.graphs++
		x.push(onnxTraining, f).index = index
	case 25:
		x.push(onnxFunction, f)
	}
}

func (x *onnxReader) trainingField(f wireField) {
	switch f.num {
	case 1:
		x.push(onnxGraph, f).step = "initialization"
	case 2:
		x.push(onnxGraph, f).step = "algorithm"
	}
}

func (x *onnxReader) graphField(t *onnxFrame, f wireField) {
	switch f.num {
	case 1:
		x.pushNode(t, f)
	case 2:
		if len(x.stack) == 2 { // the main graph
			x.text = x.bytes(x.text, f, MaxName)
			x.entry(f.at, "graph_name", Entry{Type: TypeString, Text: string(x.text)})
		}
	case 5:
		x.readTensor(f, x.scope(), "", true)
	case 15:
		x.readSparse(f, x.scope(), "", true)
	}
}

func (x *onnxReader) pushNode(t *onnxFrame, f wireField) {
	index := t.nodes
	t.nodes++
	x.nodes++
	x.push(onnxNode, f).index = index
}

func (x *onnxReader) functionField(t *onnxFrame, f wireField) {
	switch f.num {
	case 1:
		t.name = x.bytes(t.name, f, MaxName)
	case 7:
		x.pushNode(t, f)
	case 10:
		t.domain = x.bytes(t.domain, f, MaxName)
	case 11:
		x.push(onnxAttribute, f)
	}
}

// endFunction remembers which operator the function defines.
func (x *onnxReader) endFunction(t *onnxFrame) {
	op := t.operator(t.name)
	if t.inner != nil {
		t.inner.label = op.String()
	}
	if _, twice := x.functions[op]; twice {
		return
	}
	if len(x.functions) == MaxMetadata {
		x.failAt(t.at, ErrLimit, "more than %d functions", MaxMetadata)
		return
	}
	x.functions[op] = struct{}{}
}
