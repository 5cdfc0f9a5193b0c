package format

import (
	"fmt"
	"path"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits on a graph of TensorFlow.
const (
	// maxGraphNodes bounds its nodes. Large models have some hundred thousand.
	maxGraphNodes = 10_000_000
	// maxGraphConsts bounds the texts that are remembered as constants, and
	// maxGraphConst their length in bytes: they may be the names of files.
	maxGraphConsts = 100_000
	maxGraphConst  = 4 << 10
	// maxGraphAttr bounds an attribute that is read, in bytes.
	maxGraphAttr = 64 << 10
	// maxGraphWaiting bounds the nodes that wait for the constants they name.
	maxGraphWaiting = 100_000
)

// graphReach are the operators of TensorFlow (2.20, tensorflow/core/ops) that act
// on files, the network or Python, and what they do.
var graphReach = map[string]string{
	"ReadFile": "reads a file", "WriteFile": "writes a file", "MatchingFiles": "lists files", "CopyFile": "copies a file",
	"PyFunc": "runs a Python function", "PyFuncStateless": "runs a Python function", "EagerPyFunc": "runs a Python function",
	"LoadAndRemapMatrix": "reads a checkpoint", "MergeV2Checkpoints": "writes and removes checkpoint files", "GenerateVocabRemapping": "reads a file",
	"Save": "writes a checkpoint", "SaveSlices": "writes a checkpoint", "SaveV2": "writes a checkpoint",
	"Restore": "reads a checkpoint", "RestoreSlice": "reads a checkpoint", "RestoreV2": "reads a checkpoint", "CheckpointExists": "looks for a file",
	"InitializeTableFromTextFile": "reads a file", "InitializeTableFromTextFileV2": "reads a file",
	"PrintV2": "writes a text", "CreateSummaryFileWriter": "writes files", "CreateSummaryDbWriter": "writes a database",
	"DebugIdentity": "sends tensors to an address", "DebugIdentityV2": "sends tensors to an address", "DebugIdentityV3": "sends tensors to an address",
	"DebugNanCount": "sends tensors to an address", "DebugNumericSummary": "sends tensors to an address", "DebugNumericSummaryV2": "sends tensors to an address",
	"WholeFileReader": "reads files", "WholeFileReaderV2": "reads files", "TextLineReader": "reads files", "TextLineReaderV2": "reads files",
	"FixedLengthRecordReader": "reads files", "FixedLengthRecordReaderV2": "reads files", "TFRecordReader": "reads files", "TFRecordReaderV2": "reads files",
	"LMDBReader": "reads files", "TextLineDataset": "reads files", "TFRecordDataset": "reads files", "TFRecordDatasetV2": "reads files",
	"FixedLengthRecordDataset": "reads files", "FixedLengthRecordDatasetV2": "reads files", "CSVDataset": "reads files", "CSVDatasetV2": "reads files",
	"ExperimentalCSVDataset": "reads files", "SqlDataset": "queries a database", "ExperimentalSqlDataset": "queries a database", "LMDBDataset": "reads files",
	"ExperimentalLMDBDataset": "reads files", "SaveDataset": "writes files", "SaveDatasetV2": "writes files", "LoadDataset": "reads files",
	"SnapshotDataset": "reads and writes files", "SnapshotDatasetV2": "reads and writes files", "DatasetToTFRecord": "writes a file", "ExperimentalDatasetToTFRecord": "writes a file",
	"CacheDataset": "writes files", "CacheDatasetV2": "writes files", "MatchingFilesDataset": "lists files", "ExperimentalMatchingFilesDataset": "lists files",
	"DataServiceDataset": "calls a server", "DataServiceDatasetV2": "calls a server", "DataServiceDatasetV3": "calls a server", "DataServiceDatasetV4": "calls a server",
	"RegisterDataset": "calls a server", "RegisterDatasetV2": "calls a server", "RpcClient": "calls a server", "RpcCall": "calls a server", "RpcServer": "opens the network",
	"RpcServerStart": "opens the network", "RemoteCall": "runs a function on another machine", "MlirPassthroughOp": "runs a program of its own",
	"BigQueryReader": "calls a server", "BigtableClient": "calls a server",
}

// graphUsual are operators that every saved model has: they count when a file is
// named by a constant that is no part of the model.
var graphUsual = [...]string{"Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2", "MergeV2Checkpoints", "CheckpointExists",
	"InitializeTableFromTextFile", "InitializeTableFromTextFileV2", "CacheDataset", "CacheDatasetV2", "PrintV2"}

// A graphReader walks the messages of a graph: SavedModel, MetaGraphDef, GraphDef,
// FunctionDef and NodeDef (tensorflow/core/protobuf and framework).
type graphReader struct {
	*scan
	it      *item
	w       *wire
	all     int64 // messages that are nodes, of any kind
	consts  map[string]string
	cut     bool // not all constants are remembered
	waiting []graphNode
}

// A graphNode is a node whose operator reaches out.
type graphNode struct {
	at       int64
	op, name string
	inputs   []string
	texts    []string // of attributes
}

// graph looks at the graphs of a saved model, or at a file that can be a graph or
// a saved model under another name: what such a file begins with tells nothing,
// so it is read as both.
func (s *scan) graph(it *item, saved bool) {
	g := s.readGraph(it, true)
	if !saved {
		if other := s.readGraph(it, false); other.w.err == nil && other.all > 0 || g.all == 0 {
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

// readGraph reads an item as a SavedModel or as a GraphDef.
func (s *scan) readGraph(it *item, saved bool) *graphReader {
	w := &wire{cursor: newCursor("tensorflow", it.section(), it.size()), stop: it.size()}
	g := &graphReader{scan: s, it: it, w: w, consts: map[string]string{}}
	if saved {
		g.each(it.size(), func(f wireField) { g.message(f, 2, g.metaGraph) })
	} else {
		g.each(it.size(), g.graphDef)
	}
	g.settle()
	return g
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

func (g *graphReader) metaGraph(f wireField) { g.message(f, 2, g.graphDef) }

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
	g.each(f.end(), func(f wireField) {
		switch f.num {
		case 1:
			n.name = g.text(f)
		case 2:
			n.op = g.text(f)
		case 3:
			if len(n.inputs) < 8 {
				n.inputs = append(n.inputs, g.text(f))
			}
		case 5:
			if f.typ == protowire.BytesType && f.size <= maxGraphAttr {
				n.texts = append(n.texts, g.attribute(f)...)
			}
		}
	})
	switch _, reaches := graphReach[n.op]; {
	case n.op == "Const" && len(n.texts) > 0:
		if len(g.consts) >= maxGraphConsts {
			g.cut = true
			return
		}
		// Functions have nodes of the same names; all of their texts count.
		t := g.consts[n.name]
		if t != "" {
			t += "; "
		}
		if len(t) < maxGraphConst {
			g.consts[n.name] = t + strings.Join(n.texts, "; ")
		}
	case !reaches:
	case len(g.waiting) >= maxGraphWaiting:
		g.cut = true
	default:
		g.waiting = append(g.waiting, n)
	}
}

func (g *graphReader) text(f wireField) string {
	if f.typ != protowire.BytesType || f.size > MaxName {
		return ""
	}
	return string(g.w.raw(nil, f.size))
}

// attribute returns the texts of an AttrValue: its own, those of a list, and those
// of a tensor of texts.
func (g *graphReader) attribute(f wireField) (texts []string) {
	key := ""
	add := func(f wireField) {
		if f.size > 0 && f.size <= maxGraphConst && len(texts) < 16 {
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
		return nil
	}
	return texts
}

// settle records what reaches out, with the constants that name files.
func (g *graphReader) settle() {
	for _, n := range g.waiting {
		texts := n.texts
		for _, in := range n.inputs {
			name, _, _ := strings.Cut(strings.TrimPrefix(in, "^"), ":")
			if t, ok := g.consts[name]; ok {
				texts = append(texts, t)
			}
		}
		foreign := false
		for _, t := range texts {
			foreign = foreign || foreignPlace(t)
		}
		if oneOf(n.op, graphUsual[:]...) && !foreign || graphReach[n.op] == "" {
			continue
		}
		detail := fmt.Sprintf("node %s %s", quote(n.name), graphReach[n.op])
		if len(texts) > 0 {
			detail += ": " + quote(strings.Join(texts, "; "))
		}
		g.t.keep(torchCode{Code{CodeReach, g.it.at(g.it.begin + n.at), n.op, clean(detail + ofLayer(g.it.where))}, classOdd})
	}
}

// foreignPlace reports whether a text names a place that is no part of a model: an
// absolute path, one that climbs, or an address.
func foreignPlace(s string) bool {
	for part := range strings.SplitSeq(s, "; ") {
		if strings.HasPrefix(part, "~") || path.IsAbs(part) || escapes(part) || strings.Contains(part, "://") {
			return true
		}
	}
	return false
}
