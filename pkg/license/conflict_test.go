package license

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// Every rule of the comment of Conflicts, and what is no conflict.
func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		rule, declared, upstream string
		want                     string // kinds, in order
	}{
		{"non-commercial", "Apache-2.0", "CC-BY-NC-4.0", "non-commercial"},
		{"non-commercial", "llama3.1", "CC-BY-NC-4.0", "non-commercial"},
		{"non-commercial kept", "CC-BY-NC-3.0", "CC-BY-NC-4.0", ""},
		{"non-commercial kept", "LicenseRef-exaone-1.1-nc", "CC-BY-NC-4.0", ""},
		{"non-commercial and share-alike", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "share-alike"},
		{"non-commercial and share-alike", "MIT", "CC-BY-NC-SA-4.0", "non-commercial share-alike"},
		{"no derivatives", "MIT", "CC-BY-ND-4.0", "no-derivatives"},
		{"no derivatives kept", "CC-BY-NC-ND-4.0", "CC-BY-ND-4.0", ""},

		{"share-alike", "Apache-2.0", "GPL-3.0-only", "share-alike"},
		{"share-alike", "CC-BY-4.0", "CC-BY-SA-4.0", "share-alike"},
		{"share-alike, later version", "GPL-3.0-only", "GPL-2.0-or-later", ""},
		{"share-alike, no later version", "GPL-3.0-only", "GPL-2.0-only", "share-alike"},
		{"share-alike, only to later", "GPL-2.0-or-later", "GPL-2.0-only", "share-alike"},
		{"share-alike, later to only", "GPL-3.0-only", "GPL-3.0-or-later", ""},
		{"share-alike, earlier version", "GPL-2.0-only", "GPL-3.0-or-later", "share-alike"},
		{"share-alike, bare version", "GPL-3.0", "GPL-3.0-only", ""},
		{"share-alike, bare version", "GPL-3.0-or-later", "GPL-3.0", ""},
		{"share-alike, Affero", "AGPL-3.0-only", "GPL-3.0-only", ""},
		{"share-alike, Affero back", "GPL-3.0-only", "AGPL-3.0-only", "share-alike"},
		{"share-alike, one way", "GPL-3.0-or-later", "CC-BY-SA-4.0", ""},
		{"share-alike, one way", "CC-BY-SA-4.0", "GPL-3.0-or-later", "share-alike"},
		{"share-alike, later Creative Commons", "CC-BY-SA-4.0", "CC-BY-SA-3.0", ""},
		{"share-alike, earlier Creative Commons", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "share-alike"},
		{"share-alike, version 1.0 has no later", "CC-BY-SA-4.0", "CC-BY-SA-1.0", "share-alike"},
		{"share-alike per file", "MIT", "MPL-2.0", "share-alike"},
		{"share-alike per file, secondary licence", "LGPL-2.1-or-later", "MPL-2.0", ""},
		{"share-alike of libraries", "Apache-2.0", "LGPL-3.0-only", "share-alike"},
		{"share-alike of libraries, to GPL", "GPL-2.0-only", "LGPL-2.1-only", ""},
		{"share-alike, compatible by appendix", "MPL-2.0", "EUPL-1.2", ""},
		{"share-alike, not back", "EUPL-1.2", "MPL-2.0", "share-alike"},
		{"share-alike, exception added", "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only", "share-alike"},
		{"share-alike, exception left out", "GPL-2.0-only", "GPL-2.0-only WITH Classpath-exception-2.0", ""},

		{"use restrictions", "MIT", "gemma", "use-restrictions"},
		{"use restrictions", "CC-BY-NC-4.0", "LicenseRef-deepseek", "use-restrictions"},
		{"use restrictions, same list", "openrail++", "creativeml-openrail-m", ""},
		{"use restrictions, longer list", "bigscience-openrail-m", "creativeml-openrail-m", ""},
		{"use restrictions, shorter list", "creativeml-openrail-m", "bigscience-openrail-m", "use-restrictions"},
		{"use restrictions, other policy", "llama3.1", "gemma", "use-restrictions"},
		{"use restrictions, later policy", "llama3.3", "llama3.1", ""},

		{"threshold", "Apache-2.0", "LicenseRef-tongyi-qianwen", "threshold no-training"},
		{"threshold, higher", "LicenseRef-databricks-open-model", "LicenseRef-tongyi-qianwen", "threshold"},
		{"threshold, lower", "LicenseRef-tencent-hunyuan-nc", "LicenseRef-tongyi-qianwen", ""},
		{"threshold, no commercial use", "CC-BY-NC-4.0", "LicenseRef-lfm1.0", ""},
		{"threshold, of something else", "LicenseRef-qwen", "LicenseRef-lfm1.0", ""},

		{"territory", "LicenseRef-llama3.1", "LicenseRef-tencent-hunyuan-3d-community", "use-restrictions threshold territory no-training"},
		{"territory kept", "LicenseRef-tencent-hunyuan-3d-2.1-community", "LicenseRef-tencent-hunyuan-3d-community", ""},
		{"territory of some models only", "Apache-2.0", "llama3.2", "use-restrictions threshold naming attribution"},
		{"no training kept", "LicenseRef-tongyi-qianwen-research", "LicenseRef-tongyi-qianwen", ""},

		{"community", "Apache-2.0", "llama3.1", "use-restrictions threshold naming attribution"},
		{"community", "GPL-3.0-only", "llama3.1", "use-restrictions threshold naming attribution"},
		{"naming, longer beginning", "llama3", "llama3.1", "attribution"},
		{"naming, shorter beginning", "llama3.1", "llama3", "no-training naming attribution"},
		{"naming anywhere", "Apache-2.0", "LicenseRef-minicpm", "use-restrictions threshold no-training naming attribution"},
		{"attribution", "MIT", "LicenseRef-modified-mit-kimi", "attribution"},
		{"attribution, one of two phrases", "LicenseRef-qwen-research", "LicenseRef-qwen", ""},
		{"all", "MIT", "LicenseRef-exaone-1.1-nc", "non-commercial no-training naming"},

		{"notices", "MIT", "Apache-2.0", ""},
		{"attribution without a phrase", "MIT", "CC-BY-4.0", ""},
		{"attribution of a permissive licence", "MIT", "BSD-4-Clause", ""},
		{"revocation", "LicenseRef-openrail-plus-plus", "MIT", ""},
		{"public domain", "MIT", "CC0-1.0", ""},
		{"public domain", "LicenseRef-llama3.1", "Unlicense", ""},
		{"the same", "llama3.1", "LicenseRef-llama3.1", ""},
		{"the same", "CC-BY-NC-ND-4.0", "CC-BY-NC-ND-4.0", ""},
		{"AND with the same", "Apache-2.0 AND LicenseRef-llama3.1", "llama3.1", ""},
		{"OR with the same", "Apache-2.0 OR LicenseRef-llama3.1", "llama3.1", "use-restrictions threshold naming attribution"},
		{"OR of which both keep", "CC-BY-NC-3.0 OR CC-BY-NC-SA-4.0", "CC-BY-NC-4.0", ""},
		{"upstream OR", "MIT", "GPL-3.0-only OR MIT", ""},
		{"upstream OR, the fewest", "MIT", "CC-BY-NC-SA-4.0 OR GPL-3.0-only", "share-alike"},
		{"upstream AND", "MIT", "GPL-3.0-only AND CC-BY-NC-4.0", "non-commercial share-alike"},
		{"unknown declared", "LicenseRef-nobody-knows", "CC-BY-NC-4.0", ""},
		{"unknown declared", "LicenseRef-solar", "llama3.1", ""},
		{"unknown upstream", "MIT", "LicenseRef-nobody-knows", ""},
		{"unknown beside what keeps not", "MIT AND LicenseRef-nobody-knows", "CC-BY-NC-4.0", ""},
		{"unknown choice", "MIT OR LicenseRef-nobody-knows", "CC-BY-NC-4.0", "non-commercial"},
		{"unknown upstream beside a known one", "MIT", "LicenseRef-nobody-knows AND CC-BY-NC-4.0", "non-commercial"},
		{"unknown upstream choice", "MIT", "LicenseRef-nobody-knows OR CC-BY-NC-4.0", ""},
		{"no expression", "", "CC-BY-NC-4.0", ""},
		{"no expression", "MIT", "other", ""},
	} {
		var kinds []string
		for _, term := range Conflicts(tt.declared, tt.upstream) {
			kinds = append(kinds, string(term.Kind))
		}
		if got := strings.Join(kinds, " "); got != tt.want {
			t.Errorf("%s: declared %s, upstream %s: %q, want %q", tt.rule, tt.declared, tt.upstream, got, tt.want)
		}
	}
}

// No licence is in conflict with itself, and what comes out is of the upstream
// and in the order of weight.
func TestConflictsOfAll(t *testing.T) {
	var ids []string
	for id := range licenselist.All() {
		if !licenselist.IsException(id) {
			ids = append(ids, id)
		}
	}
	for _, o := range OwnLicenses() {
		ids = append(ids, o.Ref)
	}
	pairs, n := 0, 0
	for _, upstream := range ids {
		if len(Terms(upstream)) == 0 {
			continue
		}
		if c := Conflicts(upstream, upstream); len(c) > 0 {
			t.Errorf("%s is in conflict with itself: %v", upstream, c)
		}
		for _, declared := range ids {
			pairs++
			c := Conflicts(declared, upstream)
			if len(c) > 0 {
				n++
			}
			for i, term := range c {
				if term.License != upstream || i > 0 && slices.Index(byWeight(), c[i-1].Kind) > slices.Index(byWeight(), term.Kind) {
					t.Errorf("declared %s, upstream %s: %v", declared, upstream, c)
				}
			}
		}
	}
	t.Logf("%d of %d pairs are in conflict", n, pairs)
}

func TestKeepsTable(t *testing.T) {
	for line := range dataLines(keepsFile) {
		f := strings.Split(line, " | ")
		if len(f) != keepColumns || f[3] == "" {
			t.Errorf("columns: %q", line)
			continue
		}
		for id := range strings.FieldsSeq(f[1]) {
			if !hasKind(Terms(id), TermKind(f[0])) {
				t.Errorf("%s has no %s to be kept", id, f[0])
			}
		}
		for id := range strings.FieldsSeq(f[2]) {
			id = strings.TrimSuffix(id, "*")
			if !listed(id, id) && !isOwn(id) {
				t.Errorf("%s is nothing", id)
			}
			if isOwn(id) && !hasKind(Terms(id), TermKind(f[0])) {
				t.Errorf("%s is said to keep %s and has none", id, f[0])
			}
		}
	}
}

// Expressions as long and as deep as are read cost little.
func TestConflictsHostile(t *testing.T) {
	start := time.Now()
	deep := "gemma"
	for i := 0; len(deep) < MaxExpression-40 && i < maxNesting-1; i++ {
		deep = []string{"(MIT OR ", "(llama3.1 AND "}[i%2] + deep + ")"
	}
	wide := strings.TrimSuffix(strings.Repeat("MIT OR ", 580), " OR ")
	many := strings.TrimSuffix(strings.Repeat("gemma AND ", 400), " AND ")
	for _, declared := range []string{deep, wide, many, strings.Repeat("(", MaxExpression)} {
		for _, upstream := range []string{deep, wide, many, strings.Repeat("MIT AND (", 400)} {
			Conflicts(declared, upstream)
			Terms(upstream)
			ClassOf(upstream)
		}
	}
	if got := Conflicts(wide, many); len(got) != 1 {
		t.Errorf("%d conflicts, want one", len(got))
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func FuzzConflicts(f *testing.F) {
	f.Add("Apache-2.0", "llama3.1")
	f.Add("MIT OR GPL-3.0-only WITH GCC-exception-3.1", "(CC-BY-NC-4.0 AND gemma) OR MIT")
	f.Fuzz(func(t *testing.T, declared, upstream string) {
		conflicts, terms := Conflicts(declared, upstream), Terms(upstream)
		for _, c := range conflicts {
			if c.Text == "" || c.Clause == "" || !slices.Contains(Licenses(upstream), c.License) {
				t.Fatalf("%q, %q: %v", declared, upstream, c)
			}
		}
		if len(terms) > 0 && ClassOf(upstream) == ClassPermissive && len(conflicts) > 0 && !strings.Contains(strings.ToUpper(upstream), " OR ") {
			t.Fatalf("a permissive upstream %q conflicts with %q: %v", upstream, declared, conflicts)
		}
		if got := Conflicts(upstream, upstream); len(got) > 0 && !strings.Contains(strings.ToUpper(upstream), " OR ") {
			t.Fatalf("%q conflicts with itself: %v", upstream, got)
		}
	})
}
