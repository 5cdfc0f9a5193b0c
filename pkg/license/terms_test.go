package license

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTerms(t *testing.T) {
	for _, tt := range []struct {
		expression string
		kind       TermKind
		clause     string // empty: there is no such term
		value      string
	}{
		{"llama2", TermThreshold, "section 2", "700000000 monthly active users"},
		{"llama2", TermNoTraining, "section 1.b.v", ""},
		{"llama2", TermNaming, "", ""},
		{"llama3", TermNaming, "section 1.b.i", "Llama 3"},
		{"llama3", TermAttribution, "section 1.b.i", "Built with Meta Llama 3"},
		{"llama3.1", TermNaming, "section 1.b.i", "Llama"},
		{"llama3.1", TermAttribution, "section 1.b.i", "Built with Llama"},
		{"llama3.1", TermUseRestrictions, "section 1.b.iv", ""},
		{"llama3.1", TermNoTraining, "", ""},
		{"llama3.1", TermTerritory, "", ""},
		{"llama3.2", TermTerritory, "Acceptable Use Policy, on multimodal models", ""},
		{"gemma", TermUseRestrictions, "sections 3.1 and 3.2", ""},
		{"LicenseRef-qwen", TermAttribution, "section 5.b", "Built with Qwen / Improved using Qwen"},
		{"LicenseRef-qwen", TermThreshold, "section 4", "100000000 monthly active users"},
		{"LicenseRef-hyperclovax-seed", TermNaming, "section 3.1", "HyperCLOVA X"},
		{"LicenseRef-exaone-1.1-nc", TermNonCommercial, "section 3.1", ""},
		{"LicenseRef-stabilityai-community", TermThreshold, "section III", "1000000 USD annual revenue"},
		{"LicenseRef-tencent-hunyuan-3d-community", TermTerritory, "section 5.c", "EU GB KR"},
		{"MIT", TermNotice, "the condition in the text", ""},
		{"Apache-2.0", TermNotice, "section 4", ""},
		{"CC-BY-NC-4.0", TermNonCommercial, "section 2(a)(1)", ""},
		{"CC-BY-ND-4.0", TermNoDerivatives, "section 2(a)(1)(B)", ""},
		{"GPL-3.0-or-later", TermShareAlike, "section 5(c)", ""},
		{"GPL-2.0-only WITH Classpath-exception-2.0", TermShareAlike, "section 2(b)", ""},
		{"Apache-2.0+", TermNotice, "section 4", ""},
		{"CC0-1.0", TermNotice, "", ""},
		{"Unlicense", TermNotice, "", ""},

		{"MIT AND CC-BY-NC-4.0", TermNonCommercial, "section 2(a)(1)", ""},
		{"MIT OR CC-BY-NC-4.0", TermNonCommercial, "", ""},
		{"CC-BY-NC-3.0 OR CC-BY-NC-4.0", TermNonCommercial, "section 4", ""},
		{"(CC-BY-NC-4.0 AND MIT) OR CC-BY-NC-4.0", TermNotice, "", ""},
		{"LicenseRef-nobody-knows", TermNotice, "", ""},
		{"MIT AND", TermNotice, "", ""},
	} {
		terms := Terms(tt.expression)
		i := slices.IndexFunc(terms, func(term Term) bool { return term.Kind == tt.kind })
		switch {
		case i < 0 && tt.clause != "":
			t.Errorf("Terms(%q) has no %s", tt.expression, tt.kind)
		case i >= 0 && (terms[i].Clause != tt.clause || terms[i].Value != tt.value):
			t.Errorf("Terms(%q), %s: %q, value %q; want %q, %q", tt.expression, tt.kind, terms[i].Clause, terms[i].Value, tt.clause, tt.value)
		}
		if !slices.IsSortedFunc(terms, compareTerms) {
			t.Errorf("Terms(%q) is not sorted", tt.expression)
		}
	}
	if got := Terms("GPL-2.0-only WITH Classpath-exception-2.0")[0].License; got != "GPL-2.0-only WITH Classpath-exception-2.0" {
		t.Errorf("a term with an exception is of %q", got)
	}
	if got := Terms("MIT AND mit"); len(got) != 1 {
		t.Errorf("the same licence twice: %v", got)
	}
}

// A caller that changes what it got does not change what others get.
func TestTermsAreCopies(t *testing.T) {
	Terms("MIT")[0].Text = "changed"
	if Terms("MIT")[0].Text == "changed" {
		t.Error("the table can be changed from outside")
	}
}

// TestTermsTable holds the form of every row: known licences, known kinds, a
// clause, a source of the header, values of the documented forms, one row for
// each licence and kind.
func TestTermsTable(t *testing.T) {
	kinds := append(byWeight(), TermNotice, TermRevocation)
	threshold := regexp.MustCompile(`^[0-9]+ [A-Za-z ]+$`)
	places := regexp.MustCompile(`^[A-Z]{2}( [A-Z]{2})*$`)
	type key struct{ id, kind string }
	seen, rows, sources := map[key]bool{}, 0, headerWords(termsFile)
	for line := range dataLines(termsFile) {
		rows++
		f := strings.Split(line, " | ")
		if len(f) != termColumns {
			t.Errorf("%d columns: %q", len(f), line)
			continue
		}
		for id := range strings.FieldsSeq(f[0]) {
			if !listed(id, id) && !isOwn(id) || ClassOf(id) == ClassUnknown {
				t.Errorf("%s is no licence with a class", id)
			}
			if seen[key{id, f[1]}] {
				t.Errorf("%s has %s twice", id, f[1])
			}
			seen[key{id, f[1]}] = true
		}
		kind, text, clause, value := TermKind(f[1]), f[2], f[3], f[4]
		switch {
		case !slices.Contains(kinds, kind):
			t.Errorf("no kind: %q", line)
		case !strings.HasPrefix(text, "that ") && !strings.HasPrefix(text, "for ") && !strings.HasPrefix(text, "to "), len(text) > 140:
			t.Errorf("does not follow \"which asks\", or is long: %q", text)
		case clause == "" || clause == "-":
			t.Errorf("no clause: %q", line)
		case kind == TermThreshold && !threshold.MatchString(value),
			kind == TermTerritory && value != "-" && !places.MatchString(value),
			kind == TermNaming && (value == "-" || value == "*"),
			!slices.Contains([]TermKind{TermThreshold, TermTerritory, TermNaming, TermAttribution}, kind) && value != "-":
			t.Errorf("value %q: %q", value, line)
		case !sources[f[5]]:
			t.Errorf("source %q is not in the header", f[5])
		}
	}
	t.Logf("%d rows, %d terms of %d licences", rows, len(seen), len(termsOf()))
	for _, o := range OwnLicenses() {
		if ClassOf(o.Ref) != ClassUnknown && len(Terms(o.Ref)) == 0 {
			t.Errorf("%s has a class and no terms", o.Ref)
		}
	}
}

// headerWords returns the first words of the comments of a data file.
func headerWords(file string) map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(file) {
		if f := strings.Fields(strings.TrimPrefix(line, "#")); strings.HasPrefix(line, "#   ") && len(f) > 0 {
			m[f[0]] = true
		}
	}
	return m
}

// Terms that only some licences have agree with their classes.
func TestTermsAgreeWithClasses(t *testing.T) {
	for id, terms := range termsOf() {
		class := ClassOf(id)
		if nc := hasKind(terms, TermNonCommercial); nc != (class == ClassNonCommercial || class == ClassProprietary) {
			t.Errorf("%s: class %s, non-commercial term %v", id, class, nc)
		}
		if class == ClassCopyleft && !hasKind(terms, TermShareAlike) {
			t.Errorf("%s: copyleft without share-alike", id)
		}
		for _, term := range terms {
			if class == ClassPermissive && binding(term) {
				t.Errorf("%s: permissive, asks %s", id, term.Text)
			}
		}
	}
}
