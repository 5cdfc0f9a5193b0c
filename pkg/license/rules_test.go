package license

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// TestRuleFiles checks what the data files promise: every rule can be read, its
// name is one of own.txt or of the SPDX list, and it can match at all.
func TestRuleFiles(t *testing.T) {
	set, err := parseRuleFiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(set.rules) < 110 {
		t.Errorf("%d rules", len(set.rules))
	}
	known := map[string]bool{}
	for _, o := range OwnLicenses() {
		known[o.Ref] = true
	}
	seen := map[string]bool{}
	for i, r := range set.rules {
		if seen[r.expression+string(r.kind)] {
			t.Errorf("two rules for the %s of %s", r.kind, r.expression)
		}
		seen[r.expression+string(r.kind)] = true
		if strings.HasPrefix(r.expression, "LicenseRef-") && !known[r.expression] {
			t.Errorf("%s is not in own.txt", r.expression)
		}
		if id, ok := licenselist.Canonical(r.expression); !strings.HasPrefix(r.expression, "LicenseRef-") && (!ok || id != r.expression) {
			t.Errorf("%s is not on the SPDX list", r.expression)
		}
		if r.phrases < 8 || titles(set, i) == 0 {
			t.Errorf("%s has %d phrases and %d titles", r.expression, r.phrases, titles(set, i))
		}
	}
	for _, p := range set.phrases {
		if len(p.words) > maxPhraseWords {
			t.Errorf("%d words are a passage, not a phrase: %s", len(p.words), set.text(p))
		}
	}
}

// maxPhraseWords keeps the files to facts: no passages of licences. Chinese
// characters count as words.
const maxPhraseWords = 22

func titles(s *ruleSet, rule int) int {
	n := 0
	for _, p := range s.phrases {
		for _, u := range p.uses {
			if u.rule == rule && u.role == roleTitle {
				n++
			}
		}
	}
	return n
}

func (s *ruleSet) text(p phrase) string {
	var out []string
	for _, n := range p.words {
		out = append(out, wordsOfRules()[n])
	}
	return strings.Join(out, " ")
}

// wordsOfRules are the words of the built-in rules by their numbers.
var wordsOfRules = sync.OnceValue(func() map[int]string {
	out := map[int]string{}
	for w, n := range builtinRules().vocabulary {
		out[n] = w
	}
	return out
})

func TestParseRulesErrors(t *testing.T) {
	for _, text := range []string{
		"title a b",
		"rule A text",
		"rule A text many",
		"rule A text 0",
		"rule A notice 10",
		"rule A text 10\ntitle one",
		"rule A text 10\nneeds a b | c",
		"rule A text 10\nphrase a b",
		"rule A text 10\n" + strings.Repeat("- a b\n", maxPhrases+1),
	} {
		if _, err := parseRules(text); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

// family is two versions of a licence and its policy.
const family = `
rule A-1 text 114
title acme model license agreement
needs version 1 0
not version 2 0
- alpha one two
- beta one two
- gamma one two
- delta one two
- epsilon one two
- zeta one two
- eta one two
- theta one two
- iota one two

rule A-2 text 114
title acme model license agreement
needs version 2 0 | version 2 0 1
not version 1 0
- alpha one two
- beta one two
- gamma one two
- delta one two
- epsilon one two
- zeta one two
- eta one two
- theta one two
- iota one two

rule A-policy policy 24
title acme use policy
- kappa one two
- lambda one two
- mu one two
`

// body is a text after the title of; each part has 13 words.
func body(version string, parts ...string) string {
	filler := " w w w w w w w w w w.\n"
	text := "ACME Model Licence: “Acme Model License Agreement”\nVersion " + version + "\n"
	for _, p := range parts {
		text += p + " One, (two)" + filler
	}
	return text
}

var greek = strings.Fields("Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota")

func TestMatches(t *testing.T) {
	one, two := body("1.0", greek...), body("2.0", greek...)
	policy := "Acme Use Policy: kappa one two w w w w w w lambda one two w w w w w w mu one two."
	prose := strings.Repeat("Nothing that says anything at all. ", 30)
	for _, tc := range []struct{ name, text, want string }{
		{"first version", one, "A-1 1.00"},
		{"second version", two, "A-2 1.00"},
		{"a version that is not known", body("3.0", greek...), ""},
		{"both versions named", strings.Replace(one, "Beta", "not version 2.0 beta", 1), ""},
		{"other version named after the end", one + prose + "Version 2.0 is out.", "A-1 1.00"},
		{"two phrases missing", body("1.0", strings.Fields("Alpha Beta Gamma Delta X Zeta Eta X Iota")...), "A-1 0.78"},
		{"three phrases missing", body("1.0", strings.Fields("Alpha X Gamma Delta X Zeta Eta X Iota")...), ""},
		{"cut off in the middle", one[:len(one)/2], ""},
		{"cut off at four fifths", body("1.0", greek[:7]...), ""},
		{"only the end", "Acme Model License Agreement version 1.0\n" + one[len(one)/2:], ""},
		{"no title", strings.ReplaceAll(one, "Model License Agreement", "Terms"), ""},
		{"mention", "This model is under the Acme Model License Agreement, version 1.0. " + prose, ""},
		{"many mentions", strings.Repeat("See the Acme Model License Agreement version 1.0. ", 5000), ""},
		{"a list of the phrases", family, ""},
		{"phrases scattered", strings.ReplaceAll(one, "\n", prose), ""},
		{"mention before", "It has the Acme Model License Agreement. " + prose + one, "A-1 1.00"},
		{"mention shortly before", "It has the Acme Model License Agreement. See below. " + one, "A-1 1.00"},
		{"two copies", one + prose + one, "A-1 1.00, A-1 1.00"},
		{"two versions", one + two, "A-1 1.00, A-2 1.00"},
		{"half a copy and a whole one", one[:len(one)/2] + prose + one, "A-1 1.00"},
		{"licence and policy", one + policy, "A-1 1.00, A-policy 1.00"},
		{"policy inside", strings.Replace(one, "Iota", policy+" iota", 1), "A-1 1.00"},
		{"policy alone", policy, "A-policy 1.00"},
		{"signs and lines", strings.NewReplacer(" ", "\n// ", "one", "*One*").Replace(one), "A-1 1.00"},
		{"empty", "", ""},
	} {
		set, err := parseRules(family)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range set.matches(words(tc.text)) {
			got = append(got, fmt.Sprintf("%s %.2f", m.Expression, m.Coverage))
		}
		if s := strings.Join(got, ", "); s != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, s, tc.want)
		}
	}
}

func TestMatchPlace(t *testing.T) {
	set, err := parseRules(family)
	if err != nil {
		t.Fatal(err)
	}
	before := "Über uns. It has the Acme Model License Agreement. See this.\n"
	text := before + body("1.0", greek...)
	got := set.matches(words(text))
	if len(got) != 1 {
		t.Fatalf("%d matches", len(got))
	}
	if m := text[got[0].Start:got[0].End]; !strings.HasPrefix(m, "Acme Model License Agreement”\nVersion") || !strings.HasSuffix(m, "Iota One, (two") {
		t.Errorf("the match is %q", m)
	}
}

// generated is a text made from a rule: what it must have, in the length it has.
func generated(s *ruleSet, rule int, skip func(role, int) bool) string {
	var title string
	needs, phrases := map[int]string{}, map[int]string{}
	for _, p := range s.phrases {
		for _, u := range p.uses {
			switch {
			case u.rule != rule || skip(u.role, u.index):
			case u.role == roleTitle && title == "":
				title = s.text(p)
			case u.role == roleNeeds && needs[u.index] == "":
				needs[u.index] = s.text(p)
			case u.role == rolePhrase:
				phrases[u.index] = s.text(p)
			}
		}
	}
	r := s.rules[rule]
	text := title
	for i := range r.needs {
		text += " quokka " + needs[i]
	}
	text += ".\n"
	gap := max(0, r.words/r.phrases-6)
	for i := range r.phrases {
		text += strings.Repeat("quokka ", gap) + phrases[i] + "\n"
	}
	return text
}

// TestGenerated makes a text of every rule: the rule and no other recognises it,
// whole, and not without its title, one of its needs or its second half.
func TestGenerated(t *testing.T) {
	set := builtinRules()
	for i, r := range set.rules {
		whole := generated(set, i, func(role, int) bool { return false })
		got := set.matches(words(whole))
		if len(got) != 1 || got[0].Expression != r.expression || got[0].Kind != r.kind || got[0].Coverage != 1 {
			t.Errorf("%s: %v", r.expression, got)
		}
		if twice := set.matches(words(whole + whole)); len(twice) != 2 || twice[1].Expression != r.expression {
			t.Errorf("%s twice: %v", r.expression, twice)
		}
		none := map[string]func(role, int) bool{
			"no title":    func(k role, _ int) bool { return k == roleTitle },
			"no end":      func(k role, n int) bool { return k == rolePhrase && n >= r.phrases/2 },
			"no start":    func(k role, n int) bool { return k == rolePhrase && n < r.phrases/2 },
			"only titles": func(k role, _ int) bool { return k == rolePhrase },
		}
		if r.needs > 0 {
			none["no needs"] = func(k role, n int) bool { return k == roleNeeds && n == 0 }
		}
		for name, skip := range none {
			for _, m := range set.matches(words(generated(set, i, skip))) {
				if m.Expression == r.expression && m.Kind == r.kind {
					t.Errorf("%s, %s: %v", r.expression, name, m)
				}
			}
		}
	}
}

// TestRuleFilesAreNoLicences reads the rule files and the list of names as text.
func TestRuleFilesAreNoLicences(t *testing.T) {
	text := ownFile + namesFile
	entries, err := ruleFiles.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := ruleFiles.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		text += string(data)
	}
	if got := ownMatches(words(text)); len(got) > 0 {
		t.Errorf("matches in the data files: %v", got)
	}
}

func FuzzRules(f *testing.F) {
	set := builtinRules()
	for i := range set.rules {
		f.Add(generated(set, i, func(role, int) bool { return false }))
	}
	f.Add(strings.Repeat("Gemma Terms of Use ", 3000))
	f.Add("\xff\xfe Gemma\xe2\x80 用语")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, m := range ownMatches(words(text)) {
			if m.Start < end || m.End <= m.Start || m.End > len(text) {
				t.Errorf("match from %d to %d of %d bytes after %d", m.Start, m.End, len(text), end)
			}
			if m.Coverage < minPhrases || m.Coverage > 1 || m.Expression == "" {
				t.Errorf("match %v", m)
			}
			end = m.End
		}
	})
}

// BenchmarkRules reads 100 kB of licences, and 1 MB that is made to be slow.
func BenchmarkRules(b *testing.B) {
	set := builtinRules()
	var text strings.Builder
	for i := 0; text.Len() < 100<<10; i++ {
		text.WriteString(generated(set, i%len(set.rules), func(role, int) bool { return false }))
	}
	slow := strings.Repeat("tencent hunyuan community license agreement tencent hunyuan works or ", MaxText/69)
	for name, s := range map[string]string{"licences": text.String(), "hostile": slow} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				ownMatches(words(s))
			}
		})
	}
}
