package format

import "google.golang.org/protobuf/encoding/protowire"

// A graphNode is a node whose operator reaches out.
type graphNode struct {
	at       int64
	op, name string
	inputs   []string
	texts    []string // of attributes
	cut      bool     // there were more
}

// A graphSource is where texts come from: constants of one name, in the graph and
// its functions, and nodes that pass a text on.
type graphSource struct {
	texts, inputs []string
	size          int // of the texts
	foreign, cut  bool
}

// node reads a NodeDef.
func (g *graphReader) node(f wireField) {
	if f.typ != protowire.BytesType {
		return
	}
	if g.all++; g.all > maxGraphNodes {
		g.cut = true
		return
	}
	n := graphNode{at: f.at}
	g.each(f.end(), func(f wireField) { g.nodeField(&n, f) })
	_, reaches := graphReach[n.op]
	switch {
	case n.op == "Const" && (len(n.texts) > 0 || n.cut), oneOf(n.op, graphPasses[:]...):
		g.source(&n)
	case oneOf(n.op, graphMakes[:]...):
		n.cut = true
		g.source(&n)
	case !reaches:
	case len(g.waiting) >= maxGraphWaiting || !g.held.take(n.bytes()):
		g.cut = true
	default:
		g.waiting = append(g.waiting, n)
	}
}

func (g *graphReader) nodeField(n *graphNode, f wireField) {
	if f.typ != protowire.BytesType {
		return
	}
	switch f.num {
	case 1:
		n.name = g.text(f)
	case 2:
		n.op = g.text(f)
	case 3:
		if len(n.inputs) < maxGraphInputs {
			n.inputs = append(n.inputs, g.text(f))
		}
	case 5:
		texts, cut := g.attribute(f)
		n.cut = n.cut || cut
		for _, t := range texts {
			if len(n.texts) == maxGraphTexts {
				n.cut = true
				break
			}
			n.texts = append(n.texts, t)
		}
	}
}

// source remembers a node that texts come from.
func (g *graphReader) source(n *graphNode) {
	s := g.sources[n.name]
	if s == nil {
		if len(g.sources) >= maxGraphConsts || !g.kept.take(len(n.name)) {
			g.lost = true
			return
		}
		s = &graphSource{}
		g.sources[n.name] = s
	}
	s.cut = s.cut || n.cut
	for _, t := range n.texts {
		s.foreign = s.foreign || foreignPlace(t)
		if s.size += len(t); s.size > maxGraphConst || len(s.texts) == maxGraphTexts || !g.kept.take(len(t)) {
			s.cut = true
			break
		}
		s.texts = append(s.texts, t)
	}
	if n.op == "Const" {
		return // its inputs only order
	}
	for _, in := range n.inputs {
		if len(s.inputs) == maxGraphInputs || !g.kept.take(len(in)) {
			s.cut = true
			break
		}
		s.inputs = append(s.inputs, in)
	}
}

// bytes is the size of what is remembered of a node.
func (n *graphNode) bytes() int {
	size := len(n.name)
	for _, s := range append(n.inputs[:len(n.inputs):len(n.inputs)], n.texts...) {
		size += len(s)
	}
	return size
}

// A graphRoom is how many bytes are remembered.
type graphRoom int64

// take reports whether there is room for n bytes more, and takes it.
func (r *graphRoom) take(n int) bool {
	if *r+graphRoom(n) > maxGraphKept {
		return false
	}
	*r += graphRoom(n)
	return true
}

func (g *graphReader) text(f wireField) string {
	if f.typ != protowire.BytesType || f.size > MaxName {
		return ""
	}
	return string(g.w.raw(nil, f.size))
}

// attribute returns the texts of an AttrValue: its own, those of a list, and those
// of a tensor of texts. Cut is set when there were more.
func (g *graphReader) attribute(f wireField) (texts []string, cut bool) {
	key := ""
	add := func(f wireField) {
		switch {
		case f.size == 0:
		case f.size > maxGraphConst || len(texts) == maxGraphTexts:
			cut = true
		default:
			texts = append(texts, g.text(f))
		}
	}
	g.each(f.end(), func(f wireField) {
		if f.num == 1 {
			key = g.text(f)
		}
		g.message(f, 2, func(f wireField) {
			if f.num == 2 && f.typ == protowire.BytesType {
				add(f)
			}
			g.message(f, 1, func(f wireField) { // ListValue
				if f.num == 2 && f.typ == protowire.BytesType {
					add(f)
				}
			})
			g.message(f, 8, func(f wireField) { // TensorProto
				if f.num == 8 && f.typ == protowire.BytesType {
					add(f)
				}
			})
		})
	})
	if oneOf(key, "_output_shapes", "_class", "dtype", "T", "shared_name", "container", "_XlaCompile", "device") {
		return nil, false
	}
	return texts, cut
}
