package report

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
)

// statedDocument has a value of every kind twice: stated, and observed beside
// another statement.
func statedDocument() *bom.Document {
	stated := func(name, value string) bom.Property {
		return bom.Property{Name: "modelbom:stated:" + name, Value: value}
	}
	seen := []bom.Evidence{{Technique: bom.ManifestAnalysis, Path: "README.md", Key: "license"}}
	return &bom.Document{
		Subject:    "model",
		Authors:    []bom.Organization{{Name: "Release Office"}, {Name: "Other Office"}},
		Properties: []bom.Property{stated("author", "release office | bom@lab.example")},
		Components: []bom.Component{
			{Ref: "model", Kind: bom.KindModel, Name: "m", Version: "1.0", PURL: "pkg:generic/m@1.0", Description: "words of somebody",
				Supplier:   &bom.Organization{Name: "Stated | Lab", Country: "KR"},
				Links:      []bom.Link{{Type: "distribution", URL: "https://lab.example/m"}, {Type: "vcs", URL: "https://lab.example/vcs"}, {Type: "website", URL: "https://lab.example/seen"}},
				Properties: []bom.Property{stated("version", "1.0"), stated("purl", "pkg:generic/m@1.0"), stated("description", "words of somebody"), stated("supplier", `Stated \| Lab |  | KR`), stated("download", "https://lab.example/m"), stated("reference", "vcs | https://lab.example/vcs | source")}},
			{Ref: "part:language-model", Kind: bom.KindModel, Role: bom.RoleLanguageModel, Model: &bom.Model{Parameters: 9, Tensors: 1},
				Origins: []bom.Origin{{Reference: "upstream:a", Verdict: bom.VerdictDeclaredOnly}, {Reference: "upstream:b", Verdict: bom.VerdictDeclaredOnly}}},
			{Ref: "upstream:a", Kind: bom.KindModel, Name: "a", Licenses: []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}, {Expression: "Apache-2.0", Acknowledgement: bom.Concluded}},
				Properties: []bom.Property{stated("licence", "MIT | Apache-2.0")}},
			{Ref: "upstream:b", Kind: bom.KindModel, Name: "b", Version: "observed", Supplier: &bom.Organization{Name: "Observed Lab"},
				Licenses:   []bom.License{{Expression: "BSD-3-Clause", Acknowledgement: bom.Declared, Evidence: seen}, {Expression: "BSD-3-Clause", Acknowledgement: bom.Concluded}},
				Properties: []bom.Property{stated("version", "other"), stated("supplier", "Other Lab"), stated("licence", "BSD-3-Clause")}},
		},
	}
}

// TestStated: what was only stated carries a mark wherever it is shown, what was
// observed none, and the mark's meaning is told once.
func TestStated(t *testing.T) {
	var text, long, markdown, html strings.Builder
	d := statedDocument()
	for _, err := range []error{Text(&text, d, TextOptions{}), Text(&long, d, TextOptions{Verbose: true}), Markdown(&markdown, d, MarkdownOptions{}), HTML(&html, d, HTMLOptions{})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	in := func(what, s string, marks int, wants ...string) {
		t.Helper()
		for _, w := range wants {
			if !strings.Contains(s, w) {
				t.Errorf("%s lacks %q:\n%s", what, w, s)
			}
		}
		if n := strings.Count(s, statedMeaning); n != 1 {
			t.Errorf("%s tells the meaning %d times", what, n)
		}
		if n := strings.Count(s, "(stated)"); n != marks {
			t.Errorf("%s has %d marks, want %d:\n%s", what, n, marks, s)
		}
	}
	for what, s := range map[string]string{"the text": text.String(), "the long text": long.String()} {
		in(what, s, 5, "m 1.0 (stated)\n", "package URL   pkg:generic/m@1.0 (stated)\n", "from a      MIT (stated)  Apache-2.0 (stated)  -\n", "from b      BSD-3-Clause  BSD-3-Clause         -\n", "\n  (stated): the producer says so")
	}
	// Heading, supplier, description, package URL, two links, meaning; the
	// licences in three tables; the author.
	in("Markdown", markdown.String(), 14, "# m 1.0 (stated)\n", "- Supplier: Stated \\| Lab (KR) (stated)\n", "- Description: words of somebody (stated)\n",
		"- Package URL: `pkg:generic/m@1.0` (stated)\n", "- Link: distribution: `https://lab.example/m` (stated)\n", "- Link: vcs: `https://lab.example/vcs` (stated)\n",
		"- Link: website: `https://lab.example/seen`\n", "| a | - | MIT (stated); concluded: Apache-2.0 (stated) | - |\n", "| b observed | Observed Lab | BSD-3-Clause | - |\n",
		"| MIT (stated) | Apache-2.0 (stated) |", "- Author: Release Office (stated)\n- Author: Other Office\n", "- (stated): the producer says so; nothing was compared with it\n")
	in("HTML", html.String(), strings.Count(html.String(), "(stated)"), `<bdi class="name">Stated | Lab</bdi><span class="note"> (KR)</span><span class="note"> (stated)</span>`,
		`<bdi class="name">MIT</bdi><span class="note"> (stated)</span>`, `<dt>(stated)</dt><dd>the producer says so; nothing was compared with it</dd>`)
}

// TestNothingStated: without statements there is neither mark nor meaning.
func TestNothingStated(t *testing.T) {
	d := statedDocument()
	d.Properties = nil
	for i := range d.Components {
		d.Components[i].Properties = nil
	}
	var b strings.Builder
	for _, err := range []error{Text(&b, d, TextOptions{}), Markdown(&b, d, MarkdownOptions{}), HTML(&b, d, HTMLOptions{})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(b.String(), "(stated)") || strings.Contains(b.String(), statedMeaning) {
		t.Errorf("something is marked as stated:\n%s", b.String())
	}
}

// TestLongStated: the mark stays where a value is cut short.
func TestLongStated(t *testing.T) {
	long := strings.Repeat("MIT AND ", 30) + "MIT"
	d := &bom.Document{Subject: "upstream:a", Components: []bom.Component{{Ref: "upstream:a", Kind: bom.KindModel, Name: "a",
		Licenses: []bom.License{{Expression: long, Acknowledgement: bom.Declared}}, Properties: []bom.Property{{Name: propStatedLicence, Value: long}}}}}
	var b strings.Builder
	if err := Text(&b, d, TextOptions{}); err != nil || !strings.Contains(b.String(), "… (stated)  none") {
		t.Errorf("error %v, text\n%s", err, b.String())
	}
	if got := cutMarked(long+statedMark, smallColumns, cut); !strings.HasSuffix(got, "… (stated)") || len([]rune(got)) > smallColumns {
		t.Errorf("cutMarked: %q", got)
	}
}
