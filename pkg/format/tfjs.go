package format

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strings"
)

// MaxTFJS bounds the JSON of a TensorFlow.js model in bytes. The largest known
// graph has some 10 MB.
const MaxTFJS = 64 << 20

// maxShards bounds the files of a group. Converters cut at 4 MiB.
const maxShards = 100_000

// minTFJSWeight is the shortest entry of a weight in bytes.
const minTFJSWeight = len(`{"name":"","shape":[],"dtype":"bool"},`)

// tfjs is the format of TensorFlow.js: a JSON file, model.json or a bare weights
// manifest, which names groups of weights and the files that hold each group
// (interfaces ModelJSON and WeightsManifestConfig of tfjs-core 4,
// src/io/types.ts).
//
// The JSON says how many bytes a weight has and not where they are: the files of
// a group are read as one, and their sizes are not in it. The tensors of a
// header have a group and a place in it until [Resolve] knows those sizes.
//
// The reader follows loadWeights of tfjs-core where that matters: weights lie
// in the group one behind the other, without padding. It is stricter where two
// readers could see two models: names are not repeated.
type tfjs struct{}

func (tfjs) Name() string { return "tfjs" }

// Match recognises the JSON by its members. A file must be named *.json, or have
// no extension, as the blobs of a cache have none.
func (tfjs) Match(name string, head []byte) bool {
	name = strings.ToLower(name)
	if ext := path.Ext(name); ext != ".json" && ext != "" {
		return false
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if bytes.HasPrefix(head, []byte("{")) {
		return containsAny(head, `"modelTopology"`, `"weightsManifest"`, `"graph-model"`, `"layers-model"`)
	}
	return isManifest(name, head)
}

// isManifest reports whether the head begins a bare manifest: a list of objects
// that begin with weights or their files.
func isManifest(name string, head []byte) bool {
	for _, mark := range []string{"[", "{"} {
		var ok bool
		if head, ok = bytes.CutPrefix(head, []byte(mark)); !ok {
			return false
		}
		head = bytes.TrimLeft(head, " \t\r\n")
	}
	if !bytes.HasPrefix(head, []byte(`"weights"`)) && !bytes.HasPrefix(head, []byte(`"paths"`)) {
		return false
	}
	named, _ := path.Match("*weights_manifest*.json", name)
	return named || containsAny(head, `"dtype"`) && containsAny(head, `"shape"`)
}

func containsAny(b []byte, list ...string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return bytes.Contains(b, []byte(s)) })
}

func (f tfjs) Read(r io.ReaderAt, size int64) (*Header, error) {
	x := &tfjsReader{
		scanner: scanner{cursor: newCursor(f.Name(), r, size)},
		h:       &Header{Format: f.Name()},
		names:   make(map[string]struct{}),
		members: make(map[string]bool),
	}
	if size > MaxTFJS {
		x.fail(ErrLimit, "%d bytes, the limit is %d", size, MaxTFJS)
	}
	x.read()
	if x.err != nil {
		return nil, x.err
	}
	return x.h, nil
}

// tfjsReader reads one file.
type tfjsReader struct {
	scanner
	h       *Header
	members map[string]bool // of the model that were met
	names   map[string]struct{}
	shapes  shapeArena

	group  *Group
	groups int
	next   int64 // where the next weight of the group begins
	// lost is the weight of the group whose size is not known, so that the
	// places of those after it are not known either.
	lost string

	weight tfjsWeight
	class  bool // the next value is a layer's class
}

// read reads the whole file: a model or a bare manifest.
func (x *tfjsReader) read() {
	switch {
	case x.err != nil:
		return
	case x.peek() == '[':
		x.manifest()
	default:
		x.object(MaxName, x.member)
		if x.err == nil && !x.members["weightsManifest"] {
			x.h.note(0, "the model has no weightsManifest")
		}
	}
	x.h.DataOffset = x.off()
	if x.err == nil && x.space() {
		x.fail(ErrMalformed, "%q after the model", x.buf[x.pos])
	}
	slices.SortFunc(x.h.Tensors, byOffset)
}

// member reads one member of a model.
func (x *tfjsReader) member(at int64, name []byte) {
	member := string(name)
	switch member {
	case "format", "generatedBy", "convertedBy", "modelTopology", "weightsManifest":
		if x.members[member] {
			x.failAt(at, ErrMalformed, "%s is there twice", member)
			return
		}
		x.members[member] = true
	default: // signature, userDefinedMetadata, trainingConfig and others
		x.skip()
		return
	}
	switch {
	case x.peek() == 'n': // null
		x.skip()
	case member == "modelTopology":
		x.topology()
	case member == "weightsManifest":
		x.manifest()
	default:
		text := string(x.text(MaxName))
		x.h.Metadata = append(x.h.Metadata, Entry{Key: member, Type: TypeString, Text: text})
	}
}

// manifest reads the groups of weights.
func (x *tfjsReader) manifest() {
	x.array(func() {
		x.group, x.next, x.lost = &Group{number: x.groups}, 0, ""
		x.groups++
		at := x.off()
		var paths, weights bool
		before := len(x.names)
		x.object(MaxName, func(at int64, name []byte) {
			switch string(name) {
			case "paths":
				x.only(at, &paths, "paths")
				x.paths()
			case "weights":
				x.only(at, &weights, "weights")
				x.array(x.readWeight)
			default:
				x.h.note(at, "a group of weights has a member %s that is not known", quote(name))
				x.skip()
			}
		})
		if x.err == nil && !weights {
			x.failAt(at, ErrMalformed, "a group without weights")
		}
		if x.err == nil && len(x.names) > before && len(x.group.Files) == 0 {
			x.failAt(at, ErrMalformed, "a group of weights without paths")
		}
	})
}

func (x *tfjsReader) only(at int64, met *bool, name string) {
	if *met {
		x.failAt(at, ErrMalformed, "%s is there twice", name)
	}
	*met = true
}

// paths reads the names of a group's files.
func (x *tfjsReader) paths() {
	x.array(func() {
		x.peek()
		at := x.off()
		file := string(x.text(MaxName))
		if x.err != nil {
			return
		}
		if err := CheckShardPath(file); err != nil {
			x.failAt(at, ErrMalformed, "the path %s %v", quote(file), err)
			return
		}
		if len(x.group.Files) == maxShards {
			x.failAt(at, ErrLimit, "more than %d files in a group", maxShards)
			return
		}
		x.group.Files = append(x.group.Files, file)
	})
}
