package format

import (
	"bytes"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// kerasSaved looks at the layers that Keras 2 keeps beside a SavedModel, in
// keras_metadata.pb (SavedMetadata of saved_metadata.proto): each node has the
// configuration of a layer, from which Keras makes the layer anew.
func (s *scan) kerasSaved(it *item) {
	g := s.newGraph(it)
	g.each(it.size(), func(f wireField) {
		g.message(f, 1, func(f wireField) { g.layer(f, 5) })
	})
	if g.w.err != nil {
		s.gap(it, it.begin+min(g.w.err.Offset, it.size()), "metadata of Keras that cannot be read to their end: %s", g.w.err.Detail)
	}
}

// layer looks at a field that holds the configuration of a layer in JSON.
func (g *graphReader) layer(f wireField, num protowire.Number) {
	if f.num != num || f.typ != protowire.BytesType || f.size == 0 || g.w.err != nil {
		return
	}
	if f.size > maxKerasConfig {
		g.gap(g.it, g.it.begin+f.from, "a layer whose configuration has %d bytes", f.size)
		return
	}
	text := make([]byte, f.size)
	if n, err := io.ReadFull(io.NewSectionReader(g.it.r, g.it.begin+f.from, f.size), text); err != nil {
		g.gap(g.it, g.it.begin+f.from+int64(n), "it could not be read: %v", err)
		return
	}
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '{' {
		g.kerasText(g.it, g.it.begin+f.from, text)
	}
}
