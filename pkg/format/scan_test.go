package format

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/modelbom/modelbom/fixtures"
)

// looked is what is found in a file by its reader, or by Scan where it has none.
// Gaps are those of Scan, or that the reader stopped.
func looked(p fixtures.Program) (code []Code, gap bool) {
	r := bytes.NewReader(p.Data)
	size := int64(len(p.Data))
	if _, f := Identify(p.File, size, p.Data[:min(len(p.Data), HeadSize)]); f != nil {
		h, err := f.Read(r, size)
		if broken := (*Error)(nil); errors.As(err, &broken) {
			return broken.Code, true
		}
		return h.Code, slices.ContainsFunc(h.Code, func(c Code) bool { return c.Name == "part that was not looked at" })
	}
	s := Scan(p.File, r, size)
	return s.Code, len(s.Gaps) > 0
}

// Each hostile file gives the name that it hides or says that not all was seen, in
// bounded time and memory.
func TestPrograms(t *testing.T) {
	for _, p := range fixtures.Programs() {
		t.Run(p.Name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			begin := time.Now()
			code, gap := looked(p)
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if total := after.TotalAlloc - before.TotalAlloc; total > 1<<30+100*uint64(len(p.Data)) {
				t.Errorf("%d bytes allocated", total)
			}
			if took > time.Minute {
				t.Errorf("took %v", took)
			}
			if len(p.Data) > 1<<20 {
				t.Logf("%d bytes: %v, %d MiB allocated, %d records", len(p.Data), took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, len(code))
			}
			if len(code) > MaxCode+1 {
				t.Errorf("%d records", len(code))
			}
			for _, name := range p.Finds {
				if !slices.ContainsFunc(code, func(c Code) bool { return c.Name == name || c.Kind == CodeScript && strings.HasSuffix(c.Name, name) }) {
					t.Errorf("%s is not among %d records, gap %v: %+v", name, len(code), gap, code[:min(len(code), 5)])
				}
			}
			if p.Gap && !gap {
				t.Errorf("nothing is said of what was not seen: %+v", code)
			}
			if !p.Gap && len(p.Finds) == 0 && (gap || slices.ContainsFunc(code, func(c Code) bool { return c.Kind == CodeReach })) {
				t.Errorf("%+v, gap %v, and nothing is wrong", code, gap)
			}
		})
	}
}

// FuzzScan looks at each input under several names and checks what Scan promises.
func FuzzScan(f *testing.F) {
	for _, p := range fixtures.Programs() {
		if len(p.Data) < 64<<10 {
			f.Add(p.File, p.Data)
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		s := Scan(name, bytes.NewReader(data), int64(len(data)))
		if len(s.Code) > MaxCode+1 || len(s.Gaps) > maxGaps+1 {
			t.Errorf("%d records, %d gaps", len(s.Code), len(s.Gaps))
		}
		for _, c := range s.Code {
			if c.Offset < 0 || c.Offset > int64(len(data)) || !utf8.ValidString(c.Name) || !utf8.ValidString(c.Detail) {
				t.Errorf("%+v", c)
			}
		}
		for _, g := range s.Gaps {
			if g.Offset < 0 || g.Offset > int64(len(data)) || g.Text == "" {
				t.Errorf("%+v", g)
			}
		}
		if again := Scan(name, bytes.NewReader(data), int64(len(data))); !reflect.DeepEqual(s, again) {
			t.Error("a second look sees something else")
		}
	})
}
