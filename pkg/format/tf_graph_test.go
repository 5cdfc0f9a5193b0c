package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func pbField(number int, content string) string {
	return string(binary.AppendUvarint([]byte{byte(number<<3 | 2)}, uint64(len(content)))) + content
}

// What is allocated for a graph does not multiply with what its nodes name.
func TestGraphMemory(t *testing.T) {
	text := strings.Repeat("x", 4000)
	list := pbField(2, pbField(1, strings.Repeat(pbField(2, text), 15)))
	big := strings.Repeat(pbField(5, pbField(1, "k")+list), 70)
	var shared, wide strings.Builder
	shared.WriteString(pbField(1, pbField(1, "c")+pbField(2, "Const")+big))
	for i := range 5000 {
		shared.WriteString(pbField(1, pbField(1, fmt.Sprint("w", i))+pbField(2, "SaveV2")+strings.Repeat(pbField(3, "c"), 8)))
	}
	for i := range 2000 {
		wide.WriteString(pbField(1, pbField(1, fmt.Sprint("w", i))+pbField(2, "WriteFile")+strings.Repeat(pbField(5, pbField(1, "k")+pbField(2, pbField(2, text))), 25)))
	}
	for name, graph := range map[string]string{"shared constant": shared.String(), "wide nodes": wide.String()} {
		data := []byte("\x08\x01" + pbField(2, pbField(2, graph)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s := Scan("saved_model.pb", bytes.NewReader(data), int64(len(data)))
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20+4*uint64(len(data)) {
			t.Errorf("%s: %d bytes allocated for %d", name, got, len(data))
		}
		if len(s.Gaps) == 0 {
			t.Errorf("%s: nothing is said of what was not kept", name)
		}
	}
}

// All compressed archives of a file share one budget.
func TestTarBudget(t *testing.T) {
	s := &scan{t: newTorchReader("scan", bytes.NewReader(nil), 0), passed: maxTarScan - 100}
	archive := make([]byte, 4096)
	s.tar(&item{r: bytes.NewReader(archive), end: int64(len(archive)), name: "a.tar", packedAt: 0}, bytes.NewReader(archive), true)
	if len(s.gaps) != 1 || s.passed != maxTarScan {
		t.Errorf("%d bytes passed, gaps %+v", s.passed, s.gaps)
	}
}

// All HDF5 files of a file share one budget.
func TestHDF5Budget(t *testing.T) {
	s := &scan{t: newTorchReader("scan", bytes.NewReader(nil), 0), hdf5Read: maxHDF5Read}
	data := []byte(hdf5Signature + strings.Repeat("\x00", 100))
	s.hdf5(&item{r: bytes.NewReader(data), end: int64(len(data)), packedAt: -1})
	if len(s.gaps) != 1 {
		t.Errorf("%+v", s.gaps)
	}
}
