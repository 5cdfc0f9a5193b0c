package policy

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/bom"
)

// TestNames: a sentence begins with a capital and changes no name, and cuts no
// letter of any script.
func TestNames(t *testing.T) {
	v := look(&bom.Document{}, Options{}, values{})
	for name, want := range map[string]string{
		"weights-0": "The part weights-0", "модель": "The part модель", "été": "The part été", "🤖 bot": "The part 🤖 bot", "한빛": "The part 한빛",
	} {
		got := upper(v.named(&bom.Component{Ref: "x", Kind: bom.KindModel, Name: name}))
		if got != want || !utf8.ValidString(got) {
			t.Errorf("%q begins a sentence as %q, want %q", name, got, want)
		}
	}
	v = look(&bom.Document{Components: []bom.Component{{Ref: "a", Name: "weights"}, {Ref: "b", Name: "weights"}}}, Options{}, values{})
	if a, b := v.named(v.by["a"]), v.named(v.by["b"]); a != "the part weights (a)" || b != "the part weights (b)" {
		t.Errorf("two parts of one name are %q and %q", a, b)
	}
	if got := few(strings.Split("abcdefghijklm", "")); len(got) != maxNamed+1 || got[maxNamed] != "5 more" {
		t.Errorf("thirteen names are %q", got)
	}
	for in, want := range map[string]string{"": "", "Été": "été", "été": "été", "A model.": "a model", "SPDX says.": "SPDX says.", "\xff": "\xff"} {
		if got := lowered(in); got != want {
			t.Errorf("%q in a sentence is %q, want %q", in, got, want)
		}
	}
}
