package pickle

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/fixtures"
)

// Every hostile pickle is run to its end or to a clear error in bounded time and
// memory, and what it would do is recorded.
func TestHostile(t *testing.T) {
	for _, f := range fixtures.Pickles() {
		if strings.HasPrefix(f.File, "model.pt") || f.Tells != "" {
			continue // a file of PyTorch
		}
		t.Run(f.Name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			p := Run(bytes.NewReader(f.Data), 0, int64(len(f.Data)))
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("took %v", took)
			}
			runtime.ReadMemStats(&after)
			if total := after.TotalAlloc - before.TotalAlloc; total > 4*MaxMemory {
				t.Errorf("%d bytes allocated", total)
			}
			for _, name := range f.Names {
				if !slices.ContainsFunc(p.Records, func(r Record) bool { return r.Name == name && r.Kind != KindAnomaly }) {
					t.Errorf("%q is not in %d records, error %v", name, len(p.Records), p.Err)
				}
			}
			if len(f.Names) == 0 && p.Err == nil && f.Name != "two-pickles" {
				t.Errorf("no error")
			}
			checkRecords(t, p, int64(len(f.Data)))
		})
	}
}
