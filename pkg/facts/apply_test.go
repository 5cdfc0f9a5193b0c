package facts

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

func hash(digit string) []bom.Hash {
	return []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat(digit, 64)}}
}

// document is a model with three parts, a data set and an upstream.
func document() *bom.Document {
	part := func(role bom.Role, digit string) bom.Component {
		return bom.Component{Ref: bom.Ref("part:" + string(role)), Kind: bom.KindModel, Role: role, Name: "model/" + string(role),
			Model: &bom.Model{Parameters: 10, WeightsDigest: "sha256:" + strings.Repeat(digit, 64)}}
	}
	d := &bom.Document{
		Subject: "model",
		Components: []bom.Component{
			{Ref: "model", Kind: bom.KindModel, Name: "model", Model: &bom.Model{Task: "image-text-to-text"}},
			part(bom.RoleLanguageModel, "1"), part(bom.RoleVisionEncoder, "2"),
			{Ref: "part:tokenizer", Kind: bom.KindData, Role: bom.RoleTokenizer, Name: "model/tokenizer"},
			{Ref: "file:tokenizer.json", Kind: bom.KindFile, Name: "tokenizer.json", Hashes: hash("4"), File: &bom.File{Size: 1}},
			{Ref: "upstream:pkg:huggingface/example/base@1", Kind: bom.KindModel, Group: "example", Name: "base", PURL: "pkg:huggingface/example/base@1"},
			{Ref: "dataset:images/set", Kind: bom.KindData, Role: bom.RoleDataset, Group: "images", Name: "set"},
		},
		Relationships: []bom.Relationship{
			{From: "model", Type: bom.Contains, To: "part:language-model"}, {From: "model", Type: bom.Contains, To: "part:vision-encoder"},
			{From: "model", Type: bom.Contains, To: "part:tokenizer"}, {From: "part:tokenizer", Type: bom.Contains, To: "file:tokenizer.json"},
			{From: "part:language-model", Type: bom.DescendantOf, To: "upstream:pkg:huggingface/example/base@1"},
			{From: "model", Type: bom.TrainedOn, To: "dataset:images/set"},
		},
		Created: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	d.Normalize()
	return d
}

var source = bom.Input{Name: "modelbom.yaml", Digest: "sha256:" + strings.Repeat("f", 64)}

func apply(t testing.TB, d *bom.Document, text string) []Problem {
	t.Helper()
	problems := Apply(d, read(t, text), source)
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	return problems
}

func properties(d *bom.Document, ref bom.Ref) []string {
	var out []string
	for _, p := range d.Component(ref).Properties {
		out = append(out, p.Name+" = "+p.Value)
	}
	return out
}

// The digest of the whole file's own statement, by sha256sum of
//
//	sha256:1111...  part:language-model
//	sha256:2222...  part:vision-encoder
//
// and that of two files, by sha256sum of its own lines about them.
const (
	wholeWeights = "sha256:3168ab3392a3308e33920fac3508e391bbc5c4bac526369f42a1b92d78cd6e64"
	twoFiles     = "sha256:0e57e63cd052554ef42658073b109ac9639022344e20ec8cd60f1240a8795c72"
)

func TestApplyWhole(t *testing.T) {
	d := document()
	problems := apply(t, d, whole(t))
	twos, nines, fours := strings.Repeat("2", 64), strings.Repeat("9", 64), strings.Repeat("4", 64)
	for ref, want := range map[bom.Ref][]string{
		"model": {
			"modelbom:built-time = 2026-01-15T00:00:00Z", "modelbom:release-time = 2026-01-31T00:00:00Z",
			"modelbom:stated:compute = 2.1e24 FLOP", "modelbom:stated:contact = models@acme.example",
			"modelbom:stated:description = A model of vision | language",
			"modelbom:stated:download = https://acme.example/model", "modelbom:stated:energy = 310 MWh",
			"modelbom:stated:intended-use = Answers questions about images, in Korean | English.",
			"modelbom:stated:own = Initialised at random and trained by us | " + wholeWeights + " | bound",
			"modelbom:stated:purl = pkg:huggingface/acme/model@1.0",
			"modelbom:stated:reference = other | https://acme.example/hardware | hardware", "modelbom:stated:reference = threat-model | https://acme.example/threats",
			"modelbom:stated:supplier = Acme Research | https://acme.example | KR",
			"modelbom:stated:training-data = Public web text until June 2025 | https://acme.example/data",
			"modelbom:stated:version = 1.0",
		},
		"part:vision-encoder": {
			"modelbom:built-time = 2025-05-01T00:00:00Z", "modelbom:release-time = 2025-06-01T00:00:00Z",
			"modelbom:replaceability = 196 embeddings of 768 numbers | acme/vit-b, example/vit-c | Only the projector is trained again. | sha256:" + twos + " | bound",
			"modelbom:review = Auditors | 2026-01-20 | loading code | accepted | sha256:" + twos + " | bound | https://audit.example/1",
			"modelbom:review = Others | 2025-11-02 |  | rejected | sha256:" + nines + " | other-bytes",
			"modelbom:stated:download = https://vision.example/encoder",
			"modelbom:stated:own = Trained by us | sha256:" + twos + " | bound",
			"modelbom:stated:supplier = Vision Ltd |  | DE", "modelbom:stated:training-data = Licensed images", "modelbom:stated:version = 2.0",
		},
		"part:language-model": { // with-parts
			"modelbom:built-time = 2026-01-15T00:00:00Z", "modelbom:release-time = 2026-01-31T00:00:00Z",
			"modelbom:stated:download = https://acme.example/model", "modelbom:stated:supplier = Acme Research | https://acme.example | KR",
			"modelbom:stated:version = 1.0",
		},
		"part:tokenizer":      {"modelbom:stated:own = Written by us | sha256:" + fours + " | bound"},
		"file:tokenizer.json": {"bsi:component:archive = no archive", "bsi:component:executable = non-executable", "bsi:component:structured = unstructured"}, // and not as all files
		"upstream:pkg:huggingface/example/base@1": {
			"modelbom:release-time = 2025-02-03T00:00:00Z", "modelbom:stated:download = https://example.test/base", "modelbom:stated:licence = Apache-2.0 | Apache-2.0 AND MIT",
			"modelbom:stated:purl = pkg:huggingface/example/base@1", "modelbom:stated:supplier = Example |  | CN", "modelbom:stated:version = 1",
		},
		"dataset:images/set": {
			"modelbom:built-time = 2025-03-01T00:00:00Z", "modelbom:originator = Institute", "modelbom:release-time = 2025-04-01T00:00:00Z",
			"modelbom:stated:dataset:digest = sha256:" + strings.Repeat("5", 64), "modelbom:stated:dataset:identifier = doi:10.1234/example",
			"modelbom:stated:dataset:sensitivity = No personal data | none confidential", "modelbom:stated:dataset:statistics = 12,000 photographs",
			"modelbom:stated:dataset:types = image, text", "modelbom:stated:description = Photographs with captions",
			"modelbom:stated:download = https://data.example/set", "modelbom:stated:licence = CC-BY-4.0 | CC-BY-4.0", "modelbom:stated:supplier = Institute", "modelbom:stated:version = v3",
		},
	} {
		if diff := cmp.Diff(want, properties(d, ref)); diff != "" {
			t.Errorf("%s: %s", ref, diff)
		}
	}
	for ref, want := range map[bom.Ref]bom.Organization{
		"model":               {Name: "Acme Research", URL: "https://acme.example", Email: "models@acme.example", Country: "KR"},
		"part:language-model": {Name: "Acme Research", URL: "https://acme.example", Email: "models@acme.example", Country: "KR"},
		"part:vision-encoder": {Name: "Vision Ltd", Country: "DE"},
		"upstream:pkg:huggingface/example/base@1": {Name: "Example", Country: "CN"},
	} {
		if got := d.Component(ref).Supplier; got == nil || *got != want {
			t.Errorf("%s: supplier %+v", ref, got)
		}
	}
	if c := d.Component("part:tokenizer"); c.Supplier != nil || c.Version != "" {
		t.Errorf("a part without weights was released too: %+v", c)
	}
	if m := d.Component("model"); m.Version != "1.0" || !slices.Contains(m.Links, bom.Link{Type: "distribution", URL: "https://acme.example/model"}) {
		t.Errorf("%+v", m)
	}
	if diff := cmp.Diff([]bom.Organization{{Name: "Kim Example", URL: "https://acme.example/bom", Email: "kim@acme.example", Person: true}}, d.Authors); diff != "" {
		t.Errorf("authors: %s", diff)
	}
	m, data := d.Component("model"), d.Component("dataset:images/set")
	if !slices.Contains(m.Links, bom.Link{Type: "threat-model", URL: "https://acme.example/threats"}) || m.PURL != "pkg:huggingface/acme/model@1.0" || m.Description != "A model of vision | language" {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(data.Hashes, []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat("5", 64), Asserted: true}}) || licencesBy(data, bom.Declared) != "CC-BY-4.0" || data.Description == "" {
		t.Errorf("%+v", data)
	}
	want := []bom.Property{
		{Name: PropException, Value: "licence-naming | part:vision-encoder | 2026-03-31 | The name changes with the next release. | Release board"},
		{Name: PropException, Value: `origin-undeclared |  | 2025-12-31 | Is declared \| in the next card | B`},
		{Name: PropAuthor, Value: "Kim Example | kim@acme.example | https://acme.example/bom | person"}, {Name: PropFiles, Value: "executable, archive, structured"},
	}
	if diff := cmp.Diff(want, d.Properties); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]bom.Input{{Kind: "facts", Name: source.Name, Digest: source.Digest}}, d.Inputs); diff != "" {
		t.Error(diff)
	}
	wantFindings := []bom.Finding{
		{Rule: "exception-expired", Severity: bom.SeverityLow, Path: "modelbom.yaml", Key: "exceptions", Message: "The exception from the rule origin-undeclared expired on 2025-12-31."},
		{Rule: "review-of-other-bytes", Severity: bom.SeverityLow, Ref: "part:vision-encoder", Path: "modelbom.yaml", Key: "parts.vision-encoder.reviews[1]",
			Message: "The review of the vision-encoder by Others of 2025-11-02 is about other bytes and does not count: it names sha256:" + nines + ", and the digest is sha256:" + twos + " now."},
	}
	if diff := cmp.Diff(wantFindings, d.Findings); diff != "" {
		t.Error(diff)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, fmt.Sprint(p.Line, " ", p.Rule))
	}
	if got := strings.Join(lines, ", "); got != "43 review-of-other-bytes, 92 exception-expired" {
		t.Errorf("problems %s", got)
	}
}

// TestApplyTwice: the same facts again change nothing.
func TestApplyTwice(t *testing.T) {
	once, twice := document(), document()
	apply(t, once, whole(t))
	apply(t, twice, whole(t))
	apply(t, twice, whole(t))
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Error(diff)
	}
}

const head = "version: 1\n"

func TestApplyUnknown(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"part":             {"parts: {vision-encodr: {compute: x}}", `line 2: "vision-encodr": the document has no part of that name; did you mean "vision-encoder"?`},
		"upstream":         {"upstreams: {other/one: {version: x}}", `line 2: "other/one": the document has no upstream of that name; there are upstream:pkg:huggingface/example/base@1`},
		"part as upstream": {"upstreams: {\"part:tokenizer\": {version: x}}", "has no upstream of that name"},
		"data set":         {"datasets: {example/base: {version: x}}", "has no data set of that name"},
		"excepted":         {"exceptions: [{rule: r, part: head, expires: 2027-01-01, reason: r, approved-by: b}]", `line 2: "head": the document has no part of that name; there are language-model, tokenizer, vision-encoder`},
		"twice":            {"parts:\n  tokenizer: {compute: x}\n  part:tokenizer: {compute: y}", `line 4: "part:tokenizer": line 3 is about the same; this one was left out`},
		"model":            {"model: {compute: x}\nparts: {model: {compute: y}}", `line 3: "model": line 2 is about the same; this one was left out`},
	} {
		d := document()
		problems := apply(t, d, head+c.in)
		if len(problems) != 1 || !strings.Contains(problems[0].String(), c.want) || len(d.Gaps) != 1 || d.Gaps[0].Kind != bom.GapUnresolved || d.Gaps[0].Path != "modelbom.yaml" {
			t.Errorf("%s: %v, gaps %v; want %q", name, problems, d.Gaps, c.want)
		}
	}
}

// TestApplySeveral: a role that several parts have names none of them.
func TestApplySeveral(t *testing.T) {
	d := document()
	for _, q := range []string{"a", "b"} {
		ref := bom.Ref("part:head:" + q)
		d.Components = append(d.Components, bom.Component{Ref: ref, Kind: bom.KindModel, Role: bom.RoleHead, Name: q})
		d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.Contains, To: ref})
	}
	problems := apply(t, d, head+"parts: {head: {compute: x}, \"head:b\": {compute: y}}")
	if len(problems) != 1 || !strings.Contains(problems[0].Text, "several of that role: name one of head:a, head:b") {
		t.Errorf("%v", problems)
	}
	if got := properties(d, "part:head:b"); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// TestApplyKeepsObserved: what was there stays, what is stated stands beside it.
func TestApplyKeepsObserved(t *testing.T) {
	for name, c := range map[string]struct {
		had      bom.Component
		in       string
		supplier bom.Organization
		want     string // of the finding, "" for none
	}{
		"other supplier": {bom.Component{Supplier: &bom.Organization{Name: "Acme", Country: "KR"}}, "producer: {name: Other, country: DE, url: https://o.example}",
			bom.Organization{Name: "Acme", Country: "KR"}, "Of the model, Other (DE) is stated to be the supplier; the document had Acme (KR)."},
		"same supplier": {bom.Component{Supplier: &bom.Organization{Name: "ACME"}}, "producer: {name: Acme, country: KR, contact: a@b.example}",
			bom.Organization{Name: "ACME", Country: "KR", Email: "a@b.example"}, ""},
		"other country": {bom.Component{Supplier: &bom.Organization{Name: "Acme", Country: "US"}}, "producer: {name: Acme, country: KR}",
			bom.Organization{Name: "Acme", Country: "US"}, "Of the model, Acme (KR) is stated to be the supplier; the document had Acme (US)."},
		"nameless":         {bom.Component{Supplier: &bom.Organization{URL: "https://a.example"}}, "producer: {name: Acme}", bom.Organization{Name: "Acme", URL: "https://a.example"}, ""},
		"contact in words": {bom.Component{}, "producer: {name: Acme, contact: the help desk}", bom.Organization{Name: "Acme"}, ""},
		"version":          {bom.Component{Version: "1.0"}, "release: {version: \"2.0\"}", bom.Organization{}, "Of the model, the version is stated to be 2.0; the document had 1.0."},
		"revision":         {bom.Component{Version: strings.Repeat("0f", 20)}, "release: {version: \"2.0\"}", bom.Organization{}, ""},
		"time": {bom.Component{Properties: []bom.Property{{Name: PropReleaseTime, Value: "2025-01-01T00:00:00Z"}}}, "release: {time: 2026-01-01}", bom.Organization{},
			"Of the model, modelbom:release-time is stated to be 2026-01-01T00:00:00Z; the document had 2025-01-01T00:00:00Z, which stays."},
	} {
		d := document()
		m := d.Component("model")
		m.Supplier, m.Version, m.Properties = c.had.Supplier, c.had.Version, c.had.Properties
		problems := apply(t, d, head+c.in)
		m = d.Component("model")
		if c.had.Version != "" && m.Version != c.had.Version {
			t.Errorf("%s: version %q", name, m.Version)
		}
		if (m.Supplier == nil && c.supplier != bom.Organization{}) || (m.Supplier != nil && *m.Supplier != c.supplier) {
			t.Errorf("%s: supplier %+v", name, m.Supplier)
		}
		var found []string
		for _, f := range d.Findings {
			found = append(found, f.Message)
		}
		if got := strings.Join(found, "; "); got != c.want || len(problems) != len(d.Findings) {
			t.Errorf("%s: findings %q, %d problems; want %q", name, got, len(problems), c.want)
		}
	}
}

func TestExpiry(t *testing.T) {
	in := head + "exceptions: [{rule: r, expires: 2026-02-01, reason: x, approved-by: b}]"
	for when, want := range map[string]int{"": 0, "2026-02-01T23:59:59Z": 0, "2026-02-02T00:00:00Z": 1, "2026-02-02T08:00:00+09:00": 0} {
		d := document()
		d.Created = time.Time{}
		if when != "" {
			d.Created, _ = time.Parse(time.RFC3339, when)
		}
		if problems := apply(t, d, in); len(problems) != want || len(d.Findings) != want || len(d.Properties) != 1 {
			t.Errorf("%q: %v, %v", when, problems, d.Properties)
		}
	}
}

// TestDigests holds the digests to values that sha256sum gives.
func TestDigests(t *testing.T) {
	d := document()
	d.Components = append(d.Components, bom.Component{Ref: "file:merges.txt", Kind: bom.KindFile, Hashes: hash("5")},
		bom.Component{Ref: "file:asserted", Kind: bom.KindFile, Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: strings.Repeat("6", 64), Asserted: true}}})
	d.Relationships = append(d.Relationships, bom.Relationship{From: "part:tokenizer", Type: bom.HasDataFile, To: "file:merges.txt"})
	for ref, want := range map[bom.Ref]string{
		"model":               wholeWeights,
		"part:vision-encoder": "sha256:" + strings.Repeat("2", 64),
		"part:tokenizer":      twoFiles,
		"file:tokenizer.json": "sha256:" + strings.Repeat("4", 64),
		"file:asserted":       "",
		"gone":                "",
		"dataset:images/set":  "",
	} {
		if got := strings.Join(Digests(d, ref), " "); got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
	d.Component("part:language-model").Model.WeightsDigest = ""
	if got := Digests(d, "model"); got != nil {
		t.Errorf("some weights have no digest, and the whole has %v", got)
	}
}

// TestNothingToCompare: without a digest nothing is bound.
func TestNothingToCompare(t *testing.T) {
	d := document()
	d.Component("part:vision-encoder").Model.WeightsDigest = ""
	problems := apply(t, d, head+"parts: {vision-encoder: {own: {statement: ours, digest: \"sha256:"+strings.Repeat("2", 64)+"\"}}}")
	if got := properties(d, "part:vision-encoder"); len(got) != 1 || !strings.HasSuffix(got[0], " | other-bytes") {
		t.Errorf("%v", got)
	}
	if len(problems) != 1 || !strings.Contains(problems[0].Text, "the document has no digest to compare that with") {
		t.Errorf("%v", problems)
	}
}
