package facts

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func whole(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func read(t testing.TB, text string) *Facts {
	t.Helper()
	f, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestReadWhole(t *testing.T) {
	twos, nines := "sha256:"+strings.Repeat("2", 64), "sha256:"+strings.Repeat("9", 64)
	no := new(bool)
	yes := new(true)
	want := &Facts{
		Author:   &Author{Name: "Kim Example", Email: "kim@acme.example", URL: "https://acme.example/bom", Person: true, Line: 4},
		Producer: &Organization{Name: "Acme Research", URL: "https://acme.example", Country: "KR", Contact: "models@acme.example", Line: 9},
		Release: &Release{Time: day(2026, 1, 31), Built: day(2026, 1, 15), Version: "1.0", Download: "https://acme.example/model", PURL: "pkg:huggingface/acme/model@1.0",
			WithParts: true, Line: 14},
		Model: &Statements{Description: "A model of vision | language", IntendedUse: "Answers questions about images, in Korean | English.", Compute: "2.1e24 FLOP", Energy: "310 MWh", Line: 21,
			References:   []Reference{{"threat-model", "https://acme.example/threats", "", 23}, {"other", "https://acme.example/hardware", "hardware", 24}},
			TrainingData: &Text{"Public web text until June 2025", "https://acme.example/data", 29},
			Own:          &Bound{"Initialised at random and trained by us", "sha256:3168ab3392a3308e33920fac3508e391bbc5c4bac526369f42a1b92d78cd6e64", 33}},
		Parts: []Part{
			{Key: "vision-encoder", Supplier: &Organization{Name: "Vision Ltd", Country: "DE", Line: 52}, Version: "2.0", Download: "https://vision.example/encoder",
				Time: day(2025, 6, 1), Built: day(2025, 5, 1),
				Statements: Statements{Line: 36, Own: &Bound{"Trained by us", twos, 38}, TrainingData: &Text{"Licensed images", "", 40},
					Reviews: []Review{{"Auditors", "2026-01-20", "loading code", "accepted", twos, "https://audit.example/1", 42},
						{By: "Others", Date: "2025-11-02", Result: "rejected", Digest: nines, Line: 43}},
					Replaceable: &Replaceability{"196 embeddings of 768 numbers", []string{"acme/vit-b", "example/vit-c"}, "Only the projector is trained again.", twos, 48}}},
			{Key: "part:tokenizer", Statements: Statements{Line: 57, Own: &Bound{"Written by us", "sha256:" + strings.Repeat("4", 64), 58}}},
			{Key: "file:tokenizer.json", Statements: Statements{Line: 59}, Files: Files{no, no, no}},
		},
		Upstreams: []Upstream{{"pkg:huggingface/example/base@1", &Organization{Name: "Example", Country: "CN", Line: 62}, "1", "https://example.test/base", "pkg:huggingface/example/base@1", day(2025, 2, 3),
			Licences{"Apache-2.0", "Apache-2.0 AND MIT"}, 61}},
		Datasets: []Dataset{{Key: "images/set", Description: "Photographs with captions", Types: []string{"image", "text"}, Identifier: "doi:10.1234/example",
			Digest: "sha256:" + strings.Repeat("5", 64), Statistics: "12,000 photographs", Sensitivity: "No personal data | none confidential",
			Licences: Licences{"CC-BY-4.0", "CC-BY-4.0"}, Originator: "Institute", Supplier: &Organization{Name: "Institute", Line: 80}, Version: "v3",
			Download: "https://data.example/set", Time: day(2025, 4, 1), Built: day(2025, 3, 1), Line: 70}},
		Files: &Files{yes, yes, yes},
		Exceptions: []Exception{{"licence-naming", "vision-encoder", "2026-03-31", "The name changes with the next release.", "Release board", 87},
			{"origin-undeclared", "", "2025-12-31", "Is declared | in the next card", "B", 92}},
	}
	if diff := cmp.Diff(want, read(t, whole(t))); diff != "" {
		t.Error(diff)
	}
}

// TestReadHeadings: what a template leaves open states nothing.
func TestReadHeadings(t *testing.T) {
	got := read(t, "version: 1\nproducer:\nrelease: ~\nparts:\n  projector:\nexceptions:\n")
	if diff := cmp.Diff(&Facts{Parts: []Part{{Key: "projector", Statements: Statements{Line: 5}}}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadPlain: words that YAML 1.1 reads as other things stay words.
func TestReadPlain(t *testing.T) {
	got := read(t, "version: 1\nproducer: {name: 1.0, country: NO}\nrelease: {version: 1.10, time: 2026-01-31}\n")
	if got.Producer.Name != "1.0" || got.Producer.Country != "NO" || got.Release.Version != "1.10" || got.Release.Time != day(2026, 1, 31) {
		t.Errorf("%+v %+v", got.Producer, got.Release)
	}
}

func TestReadRefuses(t *testing.T) {
	long := strings.Repeat("x", 401)
	for name, c := range map[string]struct{ in, want string }{
		"empty":           {"", "the file says nothing"},
		"no version":      {"producer: {name: A}\n", `line 1: the file has no version: write "version: 1"`},
		"version 2":       {"version: 2\n", `line 1: version "2" is none of 1`},
		"unknown":         {"version: 1\nprodcer: {name: A}\n", `line 2: "prodcer" is no key of the file; did you mean "producer"?`},
		"in a part":       {"version: 1\nparts:\n  head:\n    ovn: 1\n", `line 4: "ovn" is no key of head; did you mean "own"?`},
		"twice":           {"version: 1\nproducer: {name: A}\nproducer: {name: B}\n", `line 3: "producer" is there twice in the file, first in line 2`},
		"part twice":      {"version: 1\nparts:\n  head:\n  head:\n", `line 4: "head" is there twice in parts, first in line 3`},
		"alias":           {"version: 1\nproducer: &p {name: A}\nmodel: *p\n", "line 3: model has to be keys with values, not an alias, which this file cannot have"},
		"tag":             {"version: 1\nproducer: {name: !!binary QQ==}\n", "line 2: name has to be a single value, not a value with a tag"},
		"country":         {"version: 1\nproducer: {name: A, country: Korea}\n", `line 2: country "Korea" is no code of ISO 3166-1 alpha-2, such as KR or DE`},
		"country case":    {"version: 1\nproducer: {name: A, country: kr}\n", `did you mean "KR"?`},
		"country usual":   {"version: 1\nproducer: {name: A, country: UK}\n", `did you mean "GB"?`},
		"country gone":    {"version: 1\nproducer: {name: A, country: SU}\n", `country "SU" is no code`},
		"no name":         {"version: 1\nproducer: {country: KR}\n", "line 2: producer has no name: it says whom the statement is about"},
		"null name":       {"version: 1\nproducer: {name: , country: KR}\n", "producer has no name"},
		"empty name":      {"version: 1\nproducer: {name: \" \"}\n", "line 2: name is empty"},
		"long":            {"version: 1\nmodel: {compute: " + long + "}\n", "line 2: compute has 401 characters; a document has room for 400"},
		"bars":            {"version: 1\nmodel: {compute: \"" + strings.Repeat("|", 201) + "\"}\n", "compute has 402 characters"},
		"link":            {"version: 1\nproducer: {name: A, url: acme.example}\n", `line 2: url "acme.example" is no http or https address`},
		"link script":     {"version: 1\nproducer: {name: A, url: \"javascript:alert(1)\"}\n", "is no http or https address"},
		"link password":   {"version: 1\nproducer: {name: A, url: \"https://me:secret@acme.example\"}\n", "line 2: url holds a user name or password"},
		"day":             {"version: 1\nrelease: {time: 31.1.2026}\n", `line 2: time "31.1.2026" is no time; write YYYY-MM-DD`},
		"no such day":     {"version: 1\nrelease: {time: 2026-02-30}\n", "is no time"},
		"bool":            {"version: 1\nrelease: {with-parts: yes}\n", `line 2: with-parts "yes" is neither true nor false`},
		"own unbound":     {"version: 1\nmodel:\n  own: {statement: ours}\n", "line 3: model: own has no digest: it holds for certain bytes"},
		"short digest":    {"version: 1\nmodel:\n  own: {statement: ours, digest: \"sha256:12\"}\n", `line 3: digest "sha256:12" is not "sha256:" and 64`},
		"result":          {"version: 1\nmodel:\n  reviews:\n    - {result: acepted}\n", `line 4: result "acepted" is none of accepted, conditional, rejected; did you mean "accepted"?`},
		"review of":       {"version: 1\nmodel:\n  reviews:\n    - {by: A}\n", "line 4: model: review has no date: write YYYY-MM-DD"},
		"reviews":         {"version: 1\nmodel: {reviews: {by: A}}\n", "line 2: model: reviews has to be a list, not keys with values"},
		"training data":   {"version: 1\nmodel: {training-data: {}}\n", "line 2: model: training-data has no text: say it, or where it is said"},
		"for ever":        {"version: 1\nexceptions: [{rule: r, reason: r, approved-by: a}]\n", "line 2: an exception has no expires: nothing is excepted for ever"},
		"alternatives":    {"version: 1\nparts: {head: {replaceability: {alternatives: [" + strings.Repeat("abcdefghij,", 30) + "]}}}\n", "the alternatives have 360 characters together; a document has room for 250"},
		"large":           {"#" + strings.Repeat("x", MaxSize), "the file is larger than 1048576 bytes"},
		"part without":    {"version: 1\nparts: {\"\": {}}\n", "line 2: the name of a part is empty"},
		"control in name": {"version: 1\nproducer: {name: \"\\e[31m\", url: x}\n", `url "x" is no http`},
	} {
		f, err := Read(strings.NewReader(c.in))
		if f != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want an error with %q", name, f, err, c.want)
		}
	}
}

// TestReadAll: all errors are told at once, in order, and not without end.
func TestReadAll(t *testing.T) {
	_, err := Read(strings.NewReader("version: 1\nexceptions:\n  - {}\nproducer: {nam: A}\n"))
	want := `line 3: an exception has no rule: "modelbom check" names the rules
line 3: an exception has no expires: nothing is excepted for ever; write YYYY-MM-DD
line 3: an exception has no reason: it is read by whoever decides
line 3: an exception has no approved-by: somebody has to answer for it
line 4: "nam" is no key of producer; did you mean "name"?
line 4: producer has no name: it says whom the statement is about`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestCountries(t *testing.T) {
	list := strings.Fields(countries)
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c] || !isCountry(c) {
			t.Errorf("%q", c)
		}
		seen[c] = true
	}
	if len(list) != 249 {
		t.Errorf("%d codes, ISO 3166-1:2020 has 249", len(list))
	}
	for _, c := range []string{"", " ", "K", "XX", "UK", "kr", "R ", " K", "AN", "EU"} {
		if isCountry(c) {
			t.Errorf("%q is taken for a code", c)
		}
	}
}
