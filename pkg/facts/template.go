package facts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Template writes a file of facts for the model that a document is about: what
// the document shows is filled in or told beside the place, what only a person
// can say is commented out. A line whose first characters are "#" and a space
// explains; of any other, taking away the "#" answers. The file can be read as
// it is, and with all of these taken away.
func Template(d *bom.Document) []byte {
	t := &template{tree: index(d)}
	t.head()
	t.author()
	t.producer()
	t.model()
	t.parts()
	t.upstreams()
	t.datasets()
	t.files()
	t.exceptions()
	return t.b.Bytes()
}

// maxListed bounds the parts, the upstreams and the data sets of a template.
const maxListed = 200

type template struct {
	*tree
	b bytes.Buffer
}

// say writes an explanation, key a line that holds, ask one that is commented
// out.
func (t *template) say(indent int, format string, args ...any) {
	text := bom.Clean(fmt.Sprintf(format, args...))
	fmt.Fprintf(&t.b, "%s# %s\n", strings.Repeat("  ", indent), bom.Cut(text, maxText))
}

func (t *template) key(indent int, name, value string) {
	fmt.Fprintf(&t.b, "%s%s\n", strings.Repeat("  ", indent), pair(name, value))
}

func (t *template) ask(indent int, name, value, why string) {
	fmt.Fprintf(&t.b, "%s#%s", strings.Repeat("  ", indent), pair(name, value))
	if why != "" {
		t.b.WriteString(" # " + why)
	}
	t.b.WriteString("\n")
}

func (t *template) blank() { t.b.WriteString("\n") }

func pair(name, value string) string {
	if value == "" {
		return name + ":"
	}
	return name + ": " + value
}

// quoted writes a string that came from elsewhere, as JSON, which is YAML too.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(bom.Clean(s)) != nil { // a string always encodes
		return `""`
	}
	return strings.TrimSpace(b.String())
}

func (t *template) head() {
	name := "the model"
	if c := t.components[t.doc.Subject]; c != nil && fullName(c) != "" {
		name = fullName(c)
	}
	t.say(0, "Facts about %s that only people know.", name)
	t.say(0, "Lines that begin with \"# \" explain. Take the \"#\" from other lines and write your answer in its place.")
	t.say(0, "What you state enters bills of materials as stated by you: modelbom generate REPO --facts FILE")
	t.say(0, "A digest says which bytes a statement is about. When the bytes change, the statement no longer counts,")
	t.say(0, "until you look at it again and write the new digest. Every key is described in docs/facts.md.")
	t.key(0, "version", fmt.Sprint(Version))
	t.blank()
}

func (t *template) producer() {
	var known bom.Organization
	c := t.components[t.doc.Subject]
	if c != nil && c.Supplier != nil {
		known = *c.Supplier
	}
	t.key(0, "producer", "")
	if fits(known.Name, maxName) {
		t.key(1, "name", quoted(known.Name))
	} else {
		t.ask(1, "name", `"Example Laboratory"`, "who made the model; the supplier in documents")
	}
	if isCountry(known.Country) {
		t.key(1, "country", quoted(known.Country))
	} else {
		t.ask(1, "country", `"KR"`, "where the producer is established, ISO 3166-1 alpha-2")
	}
	t.ask(1, "url", "https://lab.example", "")
	t.ask(1, "contact", `"models@lab.example"`, "where questions and reports of weaknesses go")
	t.blank()
	t.key(0, "release", "")
	t.ask(1, "time", `"2026-01-31"`, "when it was released: a day, or RFC 3339")
	t.ask(1, "built", `"2026-01-15"`, "when its training ended")
	t.ask(1, "version", `"1.0"`, "")
	t.ask(1, "download", "https://lab.example/model", "where it can be had")
	if c == nil || c.PURL == "" {
		t.ask(1, "purl", "pkg:huggingface/lab/model@1.0", "its package URL")
	}
	t.ask(1, "with-parts", "true", "the parts with weights are yours to supply, and were released with it")
	t.blank()
}

// fits reports whether a text can stand in a file of facts.
func fits(s string, max int) bool {
	var d decoder
	return s != "" && d.exact(&yaml.Node{}, "", strings.Join(strings.Fields(s), " "), max) != "" && !d.Failed()
}

func (t *template) model() {
	t.key(0, "model", "")
	t.say(1, "About the model as a whole. What is said of own weights holds for all parts that say nothing themselves.")
	t.ask(1, "intended-use", `"Answers questions about images."`, "what it is for, and what not")
	if c := t.components[t.doc.Subject]; c != nil && c.Description == "" {
		t.ask(1, "description", `"A language model with a vision encoder."`, "what it is")
	}
	t.statements(1, t.doc.Subject, true)
	t.references()
	t.blank()
}

// statements asks for what can be said of a part or of the whole.
func (t *template) statements(indent int, ref bom.Ref, weights bool) {
	digest := ""
	if list := t.digests(ref); len(list) > 0 {
		digest = quoted(list[0])
	}
	if weights {
		t.ask(indent, "training-data", "", "which data, from where, until when")
		t.ask(indent+1, "text", `"Public web text until June 2025, licensed images."`, "")
		t.ask(indent+1, "link", "https://lab.example/data", "")
		t.ask(indent, "compute", `"2.1e24 FLOP"`, "spent on its training")
		t.ask(indent, "energy", `"310 MWh"`, "used for its training")
	}
	if digest == "" {
		t.say(indent, "It has no digest, so that nothing can be said about its bytes: own, reviews, replaceability.")
		return
	}
	t.ask(indent, "own", "", "only if these bytes were made by the producer alone, from the start")
	if weights {
		t.ask(indent+1, "statement", `"Initialised at random and trained by us."`, "")
	} else {
		t.ask(indent+1, "statement", `"Written by us."`, "")
	}
	t.ask(indent+1, "digest", digest, "")
	t.ask(indent, "reviews", "", "security reviews of these bytes")
	t.ask(indent+1, "- by", `"Example Auditors"`, "")
	t.ask(indent+2, "date", `"2026-01-20"`, "")
	t.ask(indent+2, "scope", `"Loading code, weights format, prompts"`, "")
	t.ask(indent+2, "result", "conditional", "accepted, conditional or rejected")
	t.ask(indent+2, "digest", digest, "")
	t.ask(indent+2, "link", "https://lab.example/review", "the report")
	if ref == t.doc.Subject || !weights {
		return
	}
	t.ask(indent, "replaceability", "", "what could stand in its place")
	t.ask(indent+1, "interface", `"Input and output, such as 196 embeddings of 768 numbers"`, "")
	t.ask(indent+1, "alternatives", `["example/other-part"]`, "")
	t.ask(indent+1, "text", `"Only the projector has to be trained again."`, "")
	t.ask(indent+1, "digest", digest, "")
}

func (t *template) parts() {
	parts := t.tree.parts()
	if len(parts) == 0 {
		return
	}
	t.key(0, "parts", "")
	same := func(s string) string { return s }
	for _, c := range parts[:min(len(parts), maxListed)] {
		for _, line := range t.about(c) {
			t.say(1, "%s", line)
		}
		if !fits(string(c.Ref), maxKey) {
			t.say(1, "Its reference is too long for this file.")
			continue
		}
		t.key(1, t.partKey(c), "")
		t.statements(2, c.Ref, c.Kind == bom.KindModel)
		t.supplier(c, "if release.with-parts does not say it", same)
		t.ask(2, "version", `"1.0"`, "")
		if c.Kind == bom.KindModel {
			t.ask(2, "release-time", `"2026-01-31"`, "")
			t.ask(2, "download", "https://vendor.example/part", "")
		}
	}
	if len(parts) > maxListed {
		t.say(1, "%s not listed here; each can be named by its reference.", wording.Count(len(parts)-maxListed, "more part is", "more parts are"))
	}
	t.blank()
}

// partKey names a part: by its role, where that is its whole reference.
func (t *template) partKey(c *bom.Component) string {
	if c.Ref == bom.Ref("part:"+string(c.Role)) && slices.Contains(bom.Roles(), c.Role) {
		return string(c.Role)
	}
	return quoted(string(c.Ref))
}

// references asks for the documents that lists of minimum elements ask for.
func (t *template) references() {
	t.ask(1, "references", "", "documents about the model that lie elsewhere; types are those of CycloneDX 1.6")
	for _, x := range [][2]string{{"vcs", "source code"}, {"documentation", "data usage"}, {"threat-model", "data flow"}, {"bom", "hardware"},
		{"risk-assessment", "security controls"}, {"certification-report", "compliance"}, {"advisories", "vulnerabilities"},
		{"pentest-report", "security metrics"}, {"quality-metrics", "operational performance"}, {"electronic-signature", "signature of the document"}} {
		t.ask(2, "- type", x[0], "")
		t.ask(3, "url", "https://lab.example/"+strings.ReplaceAll(x[1], " ", "-"), "")
		t.ask(3, "comment", quoted(x[1]), "")
	}
}

func (t *template) files() {
	t.say(0, "About every file of the repository, as BSI TR-03183-2 asks; a file of its own under parts goes first.")
	t.ask(0, "files", "", "")
	t.ask(1, "executable", "false", "it can be executed")
	t.ask(1, "archive", "false", "it holds other files")
	t.ask(1, "structured", "true", "what it holds can be taken out of it again")
	t.blank()
}

func (t *template) exceptions() {
	t.say(0, "Rules of a policy that are not to count, for a reason and for a time. Rules: modelbom check --explain RULE")
	t.ask(0, "exceptions", "", "")
	t.ask(1, "- rule", `"licence-naming"`, "")
	if parts := t.tree.parts(); len(parts) > 0 && fits(string(parts[0].Ref), maxLink) {
		t.ask(2, "part", strings.TrimSuffix(t.partKey(parts[0]), ":"), "leave it out for the model and all of its parts")
	}
	t.ask(2, "expires", `"2026-12-31"`, "the last day")
	t.ask(2, "reason", `"The name changes with the next release."`, "")
	t.ask(2, "approved-by", `"Release board"`, "")
}
