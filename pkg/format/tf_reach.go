package format

import (
	"fmt"
	"path"
	"strings"
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
	"ImmutableConst": "reads a file", "DistributedSave": "writes files", "ListSnapshotChunksDataset": "reads files", "SnapshotChunkDataset": "reads files",
	"BigQueryReader": "calls a server", "BigtableClient": "calls a server",
}

// graphUsual are operators that every saved model has, with the inputs that name
// their files: they count when a constant names one that is no part of the model.
var graphUsual = map[string][]int{
	"Save": {0}, "SaveSlices": {0}, "SaveV2": {0}, "Restore": {0}, "RestoreSlice": {0}, "RestoreV2": {0}, "MergeV2Checkpoints": {0, 1}, "CheckpointExists": {0},
	"InitializeTableFromTextFile": {1}, "InitializeTableFromTextFileV2": {1}, "CacheDataset": {1}, "CacheDatasetV2": {1}, "PrintV2": nil,
}

// graphPasses are operators whose text is that of their inputs, or has it in it.
var graphPasses = [...]string{"Identity", "IdentityN", "StringJoin", "ShardedFilename", "PlaceholderWithDefault", "Select", "SelectV2", "Reshape", "ExpandDims", "Squeeze",
	"Pack", "Concat", "ConcatV2", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape", "Switch", "Merge", "StringStrip", "Fill", "Tile", "BroadcastTo"}

// graphMakes are operators that make a text which is not seen here from constants.
var graphMakes = [...]string{"DecodeBase64", "RegexReplace", "StaticRegexReplace", "StringFormat", "Substr", "UnicodeEncode", "UnicodeTranscode", "StringLower", "StringUpper"}

// maxGraphSteps bounds the nodes between a constant and what uses it.
const maxGraphSteps = 64

// settle records what reaches out, with the constants that name files.
func (g *graphReader) settle() {
	for i := range g.waiting {
		n := &g.waiting[i]
		texts, foreign, ok := g.trace(n)
		_, usual := graphUsual[n.op]
		if usual && !foreign && !ok {
			g.gap(g.it, g.it.begin+n.at, "node %s %s, and the name of the file is not seen", quote(n.name), graphReach[n.op])
		}
		if usual && !foreign {
			continue
		}
		detail := fmt.Sprintf("node %s %s", quote(n.name), graphReach[n.op])
		if texts != "" {
			detail += ": " + quote(texts)
		}
		g.t.keep(torchCode{Code{CodeReach, g.it.at(g.it.begin + n.at), n.op, clean(detail + ofLayer(g.it.where))}, classOdd})
	}
}

// trace follows the inputs of a node back to constants: their first texts,
// and whether one names a foreign place. It is not ok when texts were not kept or
// not followed.
func (g *graphReader) trace(n *graphNode) (texts string, foreign, ok bool) {
	ok = !n.cut
	take := func(list []string) {
		for _, t := range list {
			if len(texts) < maxGraphTold {
				texts = strings.TrimPrefix(texts+"; "+t, "; ")
			}
		}
	}
	take(n.texts)
	for _, t := range n.texts {
		foreign = foreign || foreignPlace(t)
	}
	seen := map[string]bool{}
	queue := n.files()
	for i := 0; i < len(queue); i++ {
		name := nodeName(queue[i])
		s := g.sources[name]
		ok = ok && (s != nil || !g.lost)
		if s == nil || seen[name] || g.assets[name] && strings.HasPrefix(n.op, "InitializeTable") {
			continue
		}
		if len(seen) == maxGraphSteps {
			return texts, foreign, false
		}
		seen[name] = true
		take(s.texts)
		foreign, ok = foreign || s.foreign, ok && !s.cut
		queue = append(queue[:len(queue):len(queue)], s.inputs...)
	}
	return texts, foreign, ok
}

// files are the inputs that name files, or all where that is not known.
func (n *graphNode) files() []string {
	places, usual := graphUsual[n.op]
	if !usual {
		return n.inputs
	}
	var list []string
	for _, i := range places {
		if i < len(n.inputs) {
			list = append(list, n.inputs[i])
		}
	}
	return list
}

// maxGraphTold is about how much is told of the texts of a node, in bytes.
const maxGraphTold = 200

// nodeName is the node that an input names: "node", "node:1" or "^node".
func nodeName(input string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(input, "^"), ":")
	return name
}

// foreignPlace reports whether a text names a place that is no part of a model: an
// absolute path, one that climbs, or an address.
func foreignPlace(s string) bool {
	return strings.HasPrefix(s, "~") || path.IsAbs(s) || escapes(s) || strings.Contains(s, "://")
}
