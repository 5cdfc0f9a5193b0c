package format

import "google.golang.org/protobuf/encoding/protowire"

// Limits on a graph of TensorFlow.
const (
	// maxGraphNodes bounds its nodes. Large models have some hundred thousand.
	maxGraphNodes = 10_000_000
	// maxGraphConsts bounds the nodes that are remembered because texts come from
	// them, and maxGraphConst the texts of a node in bytes: they may be the names
	// of files.
	maxGraphConsts = 100_000
	maxGraphConst  = 4 << 10
	// maxGraphTexts and maxGraphInputs bound the texts and inputs of a node.
	maxGraphTexts  = 16
	maxGraphInputs = 8
	// maxGraphKept bounds the names and texts that are remembered of constants, and
	// of nodes that reach out, in bytes.
	maxGraphKept = 64 << 20
	// maxGraphWaiting bounds the nodes that wait for the constants they name.
	maxGraphWaiting = 100_000
)

// A graphReader walks the messages of a graph: SavedModel, MetaGraphDef, GraphDef,
// FunctionDef and NodeDef (tensorflow/core/protobuf and framework).
type graphReader struct {
	*scan
	it      *item
	w       *wire
	all     int64 // messages that are nodes, of any kind
	sources map[string]*graphSource
	assets  map[string]bool // constants that the loader replaces by files of the model
	kept    graphRoom       // of sources and assets
	held    graphRoom       // of what waits
	lost    bool            // not all sources are remembered
	cut     bool            // not all that reaches out is
	waiting []graphNode
}

// graph looks at the graphs of a saved model or checkpoint, or at a file that can
// be any of them under another name: what such a file begins with tells nothing, so
// it is read as all.
func (s *scan) graph(it *item, kind string) {
	kinds := []string{kind}
	if kind == itemGraph {
		kinds = []string{itemSavedModel, itemMetaGraph, itemGraph}
	}
	var g *graphReader
	for _, k := range kinds {
		if other := s.readGraph(it, k); g == nil || other.w.err == nil && other.all > 0 || g.all == 0 {
			g = other
		}
	}
	switch {
	case g.w.err != nil:
		s.gap(it, it.begin+min(g.w.err.Offset, it.size()), "a graph that cannot be read to its end: %s", g.w.err.Detail)
	case g.all == 0:
		s.gap(it, it.begin, "a graph without nodes, which may be of another kind")
	case g.cut:
		s.gap(it, it.begin, "more nodes than are looked at")
	}
}

// readGraph reads an item as a SavedModel, a MetaGraphDef or a GraphDef.
func (s *scan) readGraph(it *item, kind string) *graphReader {
	g := s.newGraph(it)
	switch kind {
	case itemSavedModel:
		g.each(it.size(), func(f wireField) { g.message(f, 2, g.metaGraph) })
	case itemMetaGraph:
		g.each(it.size(), g.metaGraph)
	default:
		g.each(it.size(), g.graphDef)
	}
	g.settle()
	return g
}

func (s *scan) newGraph(it *item) *graphReader {
	w := &wire{cursor: newCursor("tensorflow", it.section(), it.size()), stop: it.size()}
	return &graphReader{scan: s, it: it, w: w, sources: map[string]*graphSource{}, assets: map[string]bool{}}
}

// each calls a function with every field of the message that ends at a byte.
func (g *graphReader) each(end int64, field func(f wireField)) {
	outer := g.w.stop
	g.w.stop = end
	for {
		f, ok := g.w.next()
		if !ok {
			break
		}
		field(f)
		if f.typ == protowire.BytesType {
			g.w.skipTo(f.end())
		}
	}
	g.w.stop = outer
}

// message calls a function with the fields of a field that is a message.
func (g *graphReader) message(f wireField, num protowire.Number, field func(f wireField)) {
	if f.num == num && f.typ == protowire.BytesType && g.w.err == nil {
		g.each(f.end(), field)
	}
}

// metaGraph reads a field of a MetaGraphDef: its graph, and the layers of Keras in
// its objects (SavedObjectGraph.nodes, SavedObject.user_object, its metadata).
func (g *graphReader) metaGraph(f wireField) {
	g.message(f, 2, g.graphDef)
	g.asset(f)
	g.message(f, 7, func(f wireField) {
		g.message(f, 1, func(f wireField) {
			g.message(f, 4, func(f wireField) { g.layer(f, 3) })
		})
	})
}

// asset reads an AssetFileDef: a file in the folder of assets, and the constant
// (tensor_info.name) that stands for it.
func (g *graphReader) asset(f wireField) {
	g.message(f, 6, func(f wireField) {
		g.message(f, 1, func(f wireField) {
			if f.num != 1 {
				return
			}
			if name := nodeName(g.text(f)); name != "" && g.kept.take(len(name)) {
				g.assets[name] = true
			}
		})
		if f.num == 2 {
			if name := g.text(f); foreignPlace(name) {
				g.t.addAnomaly(g.it.at(g.it.begin+f.from), "values in another file", "an asset leads to %s", quote(name))
			}
		}
	})
}

// graphDef reads a field of a GraphDef: nodes, and the library of functions.
// Names of nodes are those of one graph or function.
func (g *graphReader) graphDef(f wireField) {
	switch f.num {
	case 1:
		g.node(f)
	case 2:
		g.message(f, 2, func(f wireField) {
			g.message(f, 1, func(f wireField) {
				if f.num == 3 {
					g.node(f)
				}
			})
		})
	}
}
