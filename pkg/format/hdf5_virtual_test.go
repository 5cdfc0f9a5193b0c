package format

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// A dataset made of values of others is told when they are those of another file.
func TestHDF5Virtual(t *testing.T) {
	for _, test := range []struct {
		name, file  string
		form, count byte
		found, gap  bool
	}{
		{"another file", "/etc/other.h5", 0, 1, true, false},
		{"the same file", ".", 0, 1, false, false},
		{"more of the same", ".", 0, 2, false, true},
		{"no others", ".", 0, 0, false, false},
		{"another form", "x.h5", 1, 1, false, true},
	} {
		list := append([]byte{test.form, test.count, 0, 0, 0, 0, 0, 0, 0}, test.file+"\x00d\x00"...)
		heap := append([]byte("GCOL\x01\x00\x00\x00"), binary.LittleEndian.AppendUint64(nil, 4096)...)
		heap = append(heap, 1, 0, 1, 0, 0, 0, 0, 0)
		heap = append(binary.LittleEndian.AppendUint64(heap, uint64(len(list))), list...)
		file := append(make([]byte, 64), heap...)
		s := &scan{t: newTorchReader("scan", bytes.NewReader(file), int64(len(file)))}
		h := &hdf5File{scan: s, it: &item{r: bytes.NewReader(file), end: int64(len(file)), packedAt: -1}, offset: 8, length: 8}
		layout := append([]byte{4, 3}, binary.LittleEndian.AppendUint64(nil, 64)...)
		err := (&hdf5Header{hdf5File: h}).message(hdf5Layout, 0, append(layout, 1, 0, 0, 0))
		code := s.t.codes()
		if found := len(code) == 1 && code[0].Name == "values in another file"; err != nil || found != test.found || (len(s.gaps) > 0) != test.gap {
			t.Errorf("%s: %v, %+v, gaps %+v", test.name, err, code, s.gaps)
		}
	}
}
