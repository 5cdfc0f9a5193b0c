package pickle

import (
	"bytes"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/fixtures"
)

// FuzzPickle runs each input and checks what Run promises.
func FuzzPickle(f *testing.F) {
	for _, p := range fixtures.Pickles() {
		if len(p.Data) < 64<<10 {
			f.Add(p.Data)
		}
	}
	for _, s := range []string{
		"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94.",
		"(dp0\nS'a'\np1\nI1\nsV\\u00e9\np2\n(lp3\nL12L\naF1.5\nasg1\nP5\ns.",
		"\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00z\x97\x98\x86\x8f(K\x05\x90\x87(K\x05\x91C\x04\x80\x02N.\x86.",
		"\x80\x02]q\x00(cm\nC\nq\x01)\x81}(U\x01aK\x01ubh\x01)}\x92\x82\x01\x84\x01\x00\x00\x00(h\x01No(Nim\nf\ne.",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := Run(bytes.NewReader(data), 0, int64(len(data)))
		if (p.Root == nil) == (p.Err == nil) || p.Begin != 0 || p.End < 0 || p.End > int64(len(data)) {
			t.Fatalf("%+v", p)
		}
		if p.Err != nil && (p.Err.Offset < 0 || p.Err.Offset > int64(len(data)) || p.Err.Err == nil || p.Err.Detail == "") {
			t.Fatalf("%+v", p.Err)
		}
		if p.Err == nil && data[p.End-1] != '.' {
			t.Fatalf("the pickle ends at %d", p.End)
		}
		checkRecords(t, p, int64(len(data)))
		if d := Describe(p.Root); len(d) > maxDescription+3 {
			t.Fatalf("a description of %d bytes", len(d))
		}
	})
}

func checkRecords(t *testing.T, p *Program, size int64) {
	t.Helper()
	if len(p.Records) > MaxRecords+1+2*MaxRank*MaxRanked || !slices.IsSortedFunc(p.Records, func(a, b Record) int { return int(a.Offset - b.Offset) }) {
		t.Fatalf("%d records", len(p.Records))
	}
	for _, r := range p.Records {
		if r.Offset < 0 || r.Offset >= size || r.Count < 1 || len(r.Name) > maxRecordName || len(r.Detail) > 4<<10 {
			t.Fatalf("%+v", r)
		}
		if (r.Op == "") != (r.Kind == KindAnomaly) {
			t.Fatalf("%+v", r)
		}
	}
}
