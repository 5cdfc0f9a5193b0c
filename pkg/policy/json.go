package policy

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// The name and the version of the file form; schemas/check-1.schema.json is its
// schema.
const (
	FormName    = "modelbom-check"
	FormVersion = 1
)

// A Report is what is written of a check.
type Report struct {
	Document *bom.Document
	Results  []*Result
	// Failed says that something was found to stop at, by FailOn for findings.
	Failed bool
	FailOn string
	// Findings are those of the document that count.
	Findings []bom.Finding
}

// JSON writes a check in the form of schemas/check-1.schema.json. Equal checks
// give equal bytes.
func JSON(r Report) ([]byte, error) {
	form := checkForm{Format: FormName, Version: FormVersion, Failed: r.Failed, FailOn: r.FailOn, Results: []resultForm{}, Findings: []findingForm{}}
	for _, c := range r.Document.Components {
		if c.Ref == r.Document.Subject {
			form.Model = modelForm{clean(fullName(&c)), clean(c.Version), clean(r.Document.Serial)}
		}
	}
	for _, x := range r.Results {
		form.Results = append(form.Results, formOf(x))
	}
	for _, f := range r.Findings {
		form.Findings = append(form.Findings, findingForm{bom.Clean(f.Rule), string(f.Severity), string(f.Ref), bom.Clean(f.Path), bom.Clean(f.Key), bom.Clean(f.Message)})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(form); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type (
	checkForm struct {
		Format   string        `json:"format"`
		Version  int           `json:"version"`
		Model    modelForm     `json:"model"`
		Failed   bool          `json:"failed"`
		FailOn   string        `json:"failOn"`
		Results  []resultForm  `json:"results"`
		Findings []findingForm `json:"findings"`
	}
	modelForm struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Serial  string `json:"serial,omitempty"`
	}
	resultForm struct {
		Policy     string            `json:"policy"`
		Title      string            `json:"title"`
		Version    string            `json:"version"`
		Digest     string            `json:"digest"`
		Outcome    string            `json:"outcome"`
		Sentence   string            `json:"sentence"`
		Parameters map[string]string `json:"parameters"`
		Parts      []partForm        `json:"parts"`
		Checks     []verifyForm      `json:"checks"`
		Elements   []elementForm     `json:"elements"`
		// Completeness is there with elements alone.
		Completeness *int            `json:"completeness,omitempty"`
		Exceptions   []exceptionForm `json:"exceptions"`
	}
	partForm struct {
		Ref      string      `json:"ref"`
		Name     string      `json:"name"`
		Foreign  string      `json:"foreign,omitempty"`
		Outcome  string      `json:"outcome"`
		Overall  string      `json:"overall,omitempty"`
		Sentence string      `json:"sentence"`
		Reuse    []reuseForm `json:"reuse"`
		Grades   []gradeForm `json:"grades"`
	}
	reuseForm struct {
		Kind     string `json:"kind"`
		Upstream string `json:"upstream,omitempty"`
		Verdict  string `json:"verdict,omitempty"`
		Outcome  string `json:"outcome"`
		Text     string `json:"text"`
	}
	gradeForm struct {
		Name    string       `json:"name"`
		Level   string       `json:"level"`
		Reasons []reasonForm `json:"reasons"`
	}
	reasonForm struct {
		ID    string `json:"id"`
		Level string `json:"level"`
		Text  string `json:"text"`
		Place string `json:"place,omitempty"`
	}
	verifyForm struct {
		Rule     string `json:"rule"`
		Outcome  string `json:"outcome"`
		Severity string `json:"severity"`
		Ref      string `json:"ref,omitempty"`
		Path     string `json:"path,omitempty"`
		Text     string `json:"text"`
	}
	elementForm struct {
		Cluster string `json:"cluster"`
		Name    string `json:"name"`
		State   string `json:"state"`
		Value   string `json:"value,omitempty"`
		Place   string `json:"place"`
	}
	exceptionForm struct {
		Rule    string `json:"rule"`
		Ref     string `json:"ref,omitempty"`
		State   string `json:"state"`
		Expires string `json:"expires,omitempty"`
		Reason  string `json:"reason,omitempty"`
	}
	findingForm struct {
		Rule     string `json:"rule"`
		Severity string `json:"severity"`
		Ref      string `json:"ref,omitempty"`
		Path     string `json:"path,omitempty"`
		Key      string `json:"key,omitempty"`
		Message  string `json:"message"`
	}
)

func formOf(r *Result) resultForm {
	out := resultForm{Policy: r.Policy, Title: r.Title, Version: r.Version, Digest: r.Digest, Outcome: string(r.Outcome), Sentence: bom.Clean(r.Sentence),
		Parameters: map[string]string{}, Parts: []partForm{}, Checks: []verifyForm{}, Elements: []elementForm{}, Exceptions: []exceptionForm{}}
	for _, p := range r.Parameters {
		out.Parameters[p.Name] = bom.Clean(p.Value)
	}
	for i := range r.Parts {
		out.Parts = append(out.Parts, partFormOf(&r.Parts[i]))
	}
	for _, v := range r.Checks {
		out.Checks = append(out.Checks, verifyForm{v.Rule, string(v.Outcome), string(v.Severity), string(v.Ref), bom.Clean(v.Path), bom.Clean(v.Text)})
	}
	for _, e := range r.Elements {
		out.Elements = append(out.Elements, elementForm{e.Cluster, e.Name, string(e.State), bom.Clean(e.Value), e.Place})
	}
	if len(r.Elements) > 0 {
		n := Completeness(r.Elements)
		out.Completeness = &n
	}
	for _, x := range r.Exceptions {
		f := exceptionForm{Rule: bom.Clean(x.Rule), Ref: string(x.Ref), State: x.State, Reason: bom.Clean(x.Reason)}
		if !x.Expires.IsZero() {
			f.Expires = x.Expires.UTC().Format(time.DateOnly)
		}
		out.Exceptions = append(out.Exceptions, f)
	}
	return out
}

func partFormOf(p *PartResult) partForm {
	out := partForm{Ref: string(p.Ref), Name: bom.Clean(p.Name), Foreign: string(p.Foreign), Outcome: string(p.Outcome), Overall: string(p.Overall),
		Sentence: bom.Clean(p.Sentence), Reuse: []reuseForm{}, Grades: []gradeForm{}}
	for _, x := range p.Reuse {
		out.Reuse = append(out.Reuse, reuseForm{string(x.Kind), string(x.Upstream), string(x.Verdict), string(x.Outcome), bom.Clean(x.Text)})
	}
	for _, g := range p.Grades {
		f := gradeForm{g.Name, string(g.Level), []reasonForm{}}
		for _, y := range g.Reasons {
			f.Reasons = append(f.Reasons, reasonForm{y.ID, string(y.Level), bom.Clean(y.Text), bom.Clean(y.Place)})
		}
		out.Grades = append(out.Grades, f)
	}
	return out
}
