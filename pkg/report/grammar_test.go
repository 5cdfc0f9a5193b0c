package report

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// TestOne: what is there once is not said in the plural, and what is there twice
// not in the singular.
func TestOne(t *testing.T) {
	for _, test := range []struct {
		n    int
		want []string
	}{
		{1, []string{"1 in 1 tensor, 4 B\n", "  1 limit, 1 loss, 1 skipped, 1 unread-file (listed with -v)\n"}},
		{2, []string{"2 in 2 tensors, 8 B\n", "  2 limits, 2 losses, 2 skipped, 2 unread-files (listed with -v)\n"}},
	} {
		d := &bom.Document{Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindModel, Name: "m",
			Model: &bom.Model{Parameters: int64(test.n), Tensors: test.n, Bytes: 4 * int64(test.n)}}}}
		for range test.n {
			for _, k := range []bom.GapKind{bom.GapUnreadFile, bom.GapSkipped, bom.GapLimit, bom.GapLoss} {
				d.Gaps = append(d.Gaps, bom.Gap{Kind: k, Path: "x", Reason: "so"})
			}
		}
		var b, page strings.Builder
		if err := Text(&b, d, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range test.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%d: no %q in\n%s", test.n, want, b.String())
			}
		}
		if err := Markdown(&page, d, MarkdownOptions{}); err != nil {
			t.Fatal(err)
		}
		if want := map[int]string{1: "1 parameter in 1 tensor,", 2: "2 parameters in 2 tensors,"}[test.n]; !strings.Contains(page.String(), want) {
			t.Errorf("%d: no %q in\n%s", test.n, want, page.String())
		}
	}
}
