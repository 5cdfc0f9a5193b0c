package inventory

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"path"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/source"
)

// A memory is a repository in memory: paths and contents.
type memory map[string][]byte

func (m memory) Locator() source.Locator { return source.Locator{Kind: "directory", Name: "memory"} }
func (m memory) Close() error            { return nil }

func (m memory) Files(context.Context) iter.Seq2[source.File, error] {
	return func(yield func(source.File, error) bool) {
		for _, p := range sortedNames(m) {
			if !yield(source.File{Path: p, Size: int64(len(m[p])), Absent: bytes.HasPrefix(m[p], []byte("ABSENT"))}, nil) {
				return
			}
		}
	}
}

func (m memory) Open(_ context.Context, p string) (source.Blob, error) {
	data, ok := m[p]
	if !ok {
		return nil, errors.New("no such file")
	}
	return blob{bytes.NewReader(data)}, nil
}

type blob struct{ *bytes.Reader }

func (b blob) Close() error { return nil }
func (b blob) Size() int64  { return b.Reader.Size() }

var _ io.ReaderAt = blob{}

// build builds the inventory of a repository in memory.
func build(t testing.TB, m memory) *Inventory {
	t.Helper()
	inv, err := Build(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// tensorFile is a safetensors file of one-byte tensors.
func tensorFile(names ...string) []byte { return sizedFile(1, names...) }

// sizedFile is a safetensors file of tensors with n bytes each.
func sizedFile(n int, names ...string) []byte {
	var header bytes.Buffer
	header.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			header.WriteByte(',')
		}
		key, _ := json.Marshal(name)
		header.Write(key)
		value, _ := json.Marshal(map[string]any{"dtype": "U8", "shape": []int{n}, "data_offsets": []int{i * n, (i + 1) * n}})
		header.WriteByte(':')
		header.Write(value)
	}
	header.WriteByte('}')
	out := binary.LittleEndian.AppendUint64(nil, uint64(header.Len()))
	out = append(out, header.Bytes()...)
	return append(out, make([]byte, n*len(names))...)
}

// indexFile is a shard index over files with their tensors.
func indexFile(dir string, m memory, shards map[string][]string) []byte {
	weights, total := map[string]string{}, 0
	for file, names := range shards {
		for _, n := range names {
			weights[n] = file
		}
		total += len(names)
	}
	data, _ := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": total}, "weight_map": weights})
	for file, names := range shards {
		if m != nil {
			m[path.Join(dir, file)] = tensorFile(names...)
		}
	}
	return data
}

// A pair is one metadata entry of a GGUF file: a string, an integer or a list of
// strings.
type pair struct {
	key   string
	value any
}

// ggufFile is a GGUF file, version 3, of one-element F32 tensors.
func ggufFile(metadata []pair, tensors ...string) []byte {
	le := binary.LittleEndian
	text := func(b []byte, s string) []byte { return append(le.AppendUint64(b, uint64(len(s))), s...) }
	b := le.AppendUint32([]byte("GGUF"), 3)
	b = le.AppendUint64(b, uint64(len(tensors)))
	b = le.AppendUint64(b, uint64(len(metadata)))
	for _, p := range metadata {
		b = text(b, p.key)
		switch v := p.value.(type) {
		case string:
			b = text(le.AppendUint32(b, 8), v)
		case int:
			b = le.AppendUint32(le.AppendUint32(b, 4), uint32(v))
		case []string:
			b = le.AppendUint64(le.AppendUint32(le.AppendUint32(b, 9), 8), uint64(len(v)))
			for _, s := range v {
				b = text(b, s)
			}
		case []int32:
			b = le.AppendUint64(le.AppendUint32(le.AppendUint32(b, 9), 5), uint64(len(v)))
			for _, n := range v {
				b = le.AppendUint32(b, uint32(n))
			}
		}
	}
	for i, name := range tensors {
		b = text(b, name)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint64(b, 1)
		b = le.AppendUint32(b, 0) // F32
		b = le.AppendUint64(b, uint64(i*32))
	}
	for len(b)%32 != 0 {
		b = append(b, 0)
	}
	return append(b, make([]byte, 32*len(tensors))...)
}

// refs lists the parts with weights as "role" or "role:qualifier".
func refs(inv *Inventory) []string {
	var out []string
	for _, p := range inv.Parts {
		if p.Set != nil {
			out = append(out, ref(p))
		}
	}
	return out
}

func ref(p *Part) string {
	if p.Qualifier == "" {
		return string(p.Role)
	}
	return string(p.Role) + ":" + p.Qualifier
}

// partsOf maps every tensor to the part that has it.
func partsOf(t testing.TB, inv *Inventory) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range inv.Parts {
		for _, r := range p.Tensors {
			out[r.Tensor().Name] = ref(p)
		}
	}
	return out
}

// reasons lists the problems.
func reasons(inv *Inventory) []string {
	var out []string
	for _, p := range inv.Problems {
		out = append(out, string(p.Kind)+" "+p.Path+": "+p.Reason)
	}
	slices.Sort(out)
	return out
}
