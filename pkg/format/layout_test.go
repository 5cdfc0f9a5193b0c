package format

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

func TestStored(t *testing.T) {
	files := map[string]string{"": "0123456789", "a": "abcdef", "b": "ABCDEF"}
	open := func(name string) (io.ReaderAt, int64, error) {
		content, ok := files[name]
		if !ok {
			return nil, 0, fmt.Errorf("no file %q", name)
		}
		return bytes.NewReader([]byte(content)), int64(len(content)), nil
	}
	for _, c := range []struct {
		tensor Tensor
		want   string
	}{
		{Tensor{Offset: 2, Size: 3}, "234"},
		{Tensor{Offset: 10}, ""},
		{Tensor{Layout: &Layout{Segments: []Segment{{"a", 4, 2}, {"", 0, 0}, {"b", 0, 3}, {"", 9, 1}}}}, "efABC9"},
		{Tensor{Layout: &Layout{Segments: []Segment{}}}, ""},
	} {
		r, err := c.tensor.Stored(open)
		if err != nil {
			t.Errorf("%v: %v", c.tensor, err)
			continue
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != c.want || r.Size() != int64(len(c.want)) {
			t.Errorf("%v: %q of %d bytes, %v; want %q", c.tensor, got, r.Size(), err, c.want)
		}
		for off := range c.want {
			p := make([]byte, len(c.want)-off)
			if n, err := r.ReadAt(p, int64(off)); n != len(p) || string(p) != c.want[off:] || err != nil && err != io.EOF {
				t.Errorf("%v: at %d: %q, %v", c.tensor, off, p[:n], err)
			}
		}
	}
	for _, bad := range []Tensor{{Offset: 8, Size: 3}, {Offset: -1, Size: 1}, {Layout: &Layout{Segments: []Segment{{"c", 0, 1}}}},
		{Layout: &Layout{Segments: []Segment{{"a", 1 << 62, 1 << 62}}}}} {
		if _, err := bad.Stored(open); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
