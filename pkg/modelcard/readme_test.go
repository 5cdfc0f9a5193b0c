package modelcard

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const fullReadme = `---
language:
- en
- ko
license: other
license_name: acme-community
license_link: LICENSE.md
library_name: transformers
pipeline_tag: image-text-to-text
base_model:
- acme/text-7b
- acme/vision-400m
base_model_relation: merge
new_version: acme/vlm-8b
datasets:
- acme/pairs
- name: acme/more
tags: [vlm, "a: b"]
metrics:
- accuracy
model-index:
- name: VLM 7B
  results:
  - task:
      type: visual-question-answering
      name: VQA
    dataset:
      type: acme/vqa
      name: Acme VQA
      split: test
    metrics:
    - type: accuracy
      value: 71.30
    - name: F1
      value: 1e-3
  - task: {type: text-generation}
    metrics:
    - type: loss
      value: [1, 2]
---
# VLM
license: not this one
`

func TestReadReadme(t *testing.T) {
	got, problems, err := ReadReadme("f", strings.NewReader(fullReadme))
	if err != nil {
		t.Fatal(err)
	}
	task := st("model-index[0].results[0].task.type", "visual-question-answering")
	set, name := st("model-index[0].results[0].dataset.type", "acme/vqa"), st("model-index[0].results[0].dataset.name", "Acme VQA")
	want := &Readme{
		Path: "f", Found: true,
		Licenses:          []Statement{st("license", "other")},
		LicenseName:       st("license_name", "acme-community"),
		LicenseLink:       st("license_link", "LICENSE.md"),
		BaseModels:        []Statement{st("base_model[0]", "acme/text-7b"), st("base_model[1]", "acme/vision-400m")},
		BaseModelRelation: st("base_model_relation", "merge"),
		NewVersion:        st("new_version", "acme/vlm-8b"),
		ModelName:         st("model-index[0].name", "VLM 7B"),
		Datasets:          []Statement{st("datasets[0]", "acme/pairs"), st("datasets[1].name", "acme/more")},
		Languages:         []Statement{st("language[0]", "en"), st("language[1]", "ko")},
		Tags:              []Statement{st("tags[0]", "vlm"), st("tags[1]", "a: b")},
		Metrics:           []Statement{st("metrics[0]", "accuracy")},
		PipelineTag:       st("pipeline_tag", "image-text-to-text"),
		LibraryName:       st("library_name", "transformers"),
		Results: []Result{
			{task, set, name, st("model-index[0].results[0].metrics[0].type", "accuracy"), st("model-index[0].results[0].metrics[0].value", "71.30")},
			{task, set, name, st("model-index[0].results[0].metrics[1].name", "F1"), st("model-index[0].results[0].metrics[1].value", "1e-3")},
			{
				Task:   st("model-index[0].results[1].task.type", "text-generation"),
				Metric: st("model-index[0].results[1].metrics[0].type", "loss"),
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantProblems(t, problems, "model-index[0].results[1].metrics[0].value: a list where a single value")
}

func TestReadReadmeForms(t *testing.T) {
	tests := []struct {
		name, in  string
		licenses  string
		languages string
		problems  []string
	}{
		{"none", "# Title\n", "", "", nil},
		{"empty file", "", "", "", nil},
		{"empty front matter", "---\n---\n", "", "", nil},
		{"comment only", "---\n# For reference see the docs\n\n---\n", "", "", nil},
		{"byte order mark, CRLF", "\uFEFF---\r\nlicense: mit\r\n---\r\nx", "mit", "", nil},
		{"blank lines first, spaces after", "\n \n---  \nlicense: mit\n--- \n", "mit", "", nil},
		{"no end of line after the fence", "---\nlicense: mit\n---", "mit", "", nil},
		{"as written", "---\nlicense: no\nlanguage: [no, 1.0, true, 0x1F, 1_000, \"yes\", 'null', 2001-01-01]\n---\n",
			"no", "no 1.0 true 0x1F 1_000 yes null 2001-01-01", nil},
		{"null is not stated", "---\nlicense: ~\nlanguage: [null, en, ]\n---\n", "", "en", nil},
		{"list", "---\nlicense: [mit, apache-2.0]\n---\n", "mit apache-2.0", "", nil},
		{"unclosed", "---\nlicense: mit\n", "", "", []string{"no closing"}},
		{"rule, not a fence", "----\nlicense: mit\n---\n", "", "", nil},
		{"fence inside text", "---\nlicense: mit\nx: |\n  a\n  ---\n  b\n---\n", "mit", "", nil},
		{"duplicate", "---\nlicense: mit\nlicense: isc\n---\n", "isc", "", []string{"license: the key is given more than once"}},
		{"tab", "---\nlicense: mit\nx:\n\t- a\n---\n", "", "", []string{"read YAML"}},
		{"not a mapping", "---\n- license\n---\n", "", "", []string{"a list, not a mapping"}},
		{"wrong types", "---\nlicense: {a: b}\nlanguage: [[en]]\n---\n", "", "", []string{"license: an object", "language[0]: a list"}},
		{"alias", "---\nx: &l [mit, isc]\nlicense: *l\n---\n", "mit isc", "", nil},
		{"merge key", "---\nbase: &b {license: mit, language: en}\n<<: *b\nlanguage: fr\n---\n", "mit", "fr", nil},
		{"merge list", "---\na: &a {license: mit}\nb: &b {license: isc, language: en}\n<<: [*a, *b]\n---\n", "mit", "en", nil},
		{"bad UTF-8", "---\nlicense: mit\nlanguage: e\xff\xfen\n---\n", "mit", "e\uFFFDn", []string{"replaced"}},
		{"NUL", "---\nlicense: mit\nlanguage: e\x00n\n---\n", "mit", "e\uFFFDn", []string{"replaced"}},
		{"complex key", "---\n[a, b]: c\nlicense: mit\n---\n", "mit", "", []string{"not a single value"}},
		{"tags are not followed", "---\nlicense: !!python/object:os.system mit\n---\n", "mit", "", nil},
		{"two documents", "---\nlicense: mit\n--- x\nlicense: isc\n---\n", "", "", []string{"read YAML"}},
		{"alias of itself", "---\nlicense: mit\nx: &a [*a]\n---\n", "mit", "", []string{"nested deeper"}},
		{"unknown alias", "---\nlicense: *nothing\n---\n", "", "", []string{"read YAML"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, problems, err := ReadReadme("f", strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := values(m.Licenses); got != tt.licenses {
				t.Errorf("licences are %q, want %q", got, tt.licenses)
			}
			if got := values(m.Languages); got != tt.languages {
				t.Errorf("languages are %q, want %q", got, tt.languages)
			}
			wantProblems(t, problems, tt.problems...)
		})
	}
}

// A large README costs its front matter, and one whose front matter does not
// end costs the limit.
func TestReadReadmeReadsLittle(t *testing.T) {
	const size = 100 << 20
	tests := []struct {
		name, head, rest string
		limit            int64
	}{
		{"front matter", fullReadme, "text\n", int64(len(fullReadme)) + readmeBuffer},
		{"none", "# Title\n", "text\n", readmeBuffer},
		{"one line", "", "x", readmeBuffer},
		{"blank", "", "\n", 3 * readmeBuffer},
		{"spaces", "", " ", 3 * readmeBuffer},
		{"unclosed", "---\n", "a: b\n", MaxFrontMatter + 2*readmeBuffer},
		{"unclosed line", "---\n", "x", MaxFrontMatter + 2*readmeBuffer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &counter{r: io.MultiReader(strings.NewReader(tt.head), repeated(tt.rest, size))}
			if _, _, err := ReadReadme("f", c); err != nil {
				t.Fatal(err)
			}
			if c.n > tt.limit {
				t.Errorf("read %d bytes, at most %d would do", c.n, tt.limit)
			}
		})
	}
}

// Whatever the front matter holds, reading it takes a short time and gives a
// value or a problem.
func TestReadReadmeHostile(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	var merges strings.Builder
	merges.WriteString("m0: &m0 {k: v}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&merges, "m%d: &m%d {<<: [*m%d, *m%d]}\n", i, i, i-1, i-1)
	}
	tests := []struct{ name, body, problem string }{
		{"alias bomb", bomb.String() + "license: mit\n", "more than 131072 values"},
		{"merge bomb", merges.String() + "license: mit\n", "read YAML up to an error"},
		{"flow depth", strings.Repeat("[", 1<<16), "max depth"},
		{"block depth", strings.Repeat("- ", 1<<16), "max depth"},
		{"many keys", "{" + strings.Repeat("a: b, ", 1<<15) + "}", "given more than once"},
		{"many marks", "license: mit\nx: [" + strings.Repeat("a,", 1<<18) + "]", "more than 131072 values or lines"},
		{"huge scalar", "license: " + strings.Repeat("x", 1<<19), "cut to 4096"},
		{"huge key", strings.Repeat("x", 1<<19) + ": y\nlicense: [[]]", "license[0]"},
		{"many licences", "license:\n" + strings.Repeat("- mit\n", 5000), "a list of 5000 items"},
		{"many results", "model-index: [{results: [" + strings.Repeat("{metrics: [{type: a, value: 1}]},", 2000) + "]}]", "more than 1000 results"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			m, problems, err := ReadReadme("f", strings.NewReader("---\n"+tt.body+"\n---\n"))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, p := range problems {
				found = found || strings.Contains(p.Key+": "+p.Reason, tt.problem)
			}
			if !found {
				t.Errorf("problems are %.500q, want %q", problems, tt.problem)
			}
			if tt.name == "many marks" && values(m.Licenses) != "mit" {
				t.Errorf("what stood before the limit was lost: %q", m.Licenses)
			}
			if len(m.Licenses) > maxList || len(m.Results) > MaxResults {
				t.Errorf("%d licences, %d results", len(m.Licenses), len(m.Results))
			}
			if d := time.Since(start); d > time.Minute {
				t.Errorf("took %v", d)
			}
		})
	}
}

func TestReadReadmeError(t *testing.T) {
	if m, _, err := ReadReadme("f", broken("---\nlicense: mit\n")); err == nil || m != nil {
		t.Errorf("%+v, %v", m, err)
	}
}

func FuzzReadReadme(f *testing.F) {
	f.Add([]byte(fullReadme))
	f.Add([]byte("\uFEFF---\r\nlicense: [mit, no]\r\nbase: &b {language: en}\r\n<<: *b\r\n---\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, problems, err := ReadReadme("f", strings.NewReader(string(data)))
		if m == nil || err != nil {
			t.Fatalf("%v, %v", m, err)
		}
		checkAll(t, m, problems)
	})
}
