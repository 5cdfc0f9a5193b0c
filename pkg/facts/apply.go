package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A Problem is something about a file of facts that its author should know.
type Problem struct {
	Line int     // of the file
	Ref  bom.Ref // the component, empty for the subject
	Text string
	// Rule is that of the finding which says the same in the document, empty
	// when there is none.
	Rule string
}

func (p Problem) String() string { return Error{Line: p.Line, Text: p.Text}.Error() }

// Apply writes facts into a document, and names the file among its inputs. The
// source needs a name and a digest; its kind is set here. What the facts speak of
// and the document does not have is a gap, and what does not fit it a finding;
// both are problems, in the order of the file. Whether exceptions have expired is
// judged by the document's own time, and without one none has.
//
// Apply is pure but for the document, which it leaves in its normal order. Facts
// that were applied before are not applied twice.
func Apply(d *bom.Document, f *Facts, source bom.Input) []Problem {
	source.Kind, source.Name = "facts", bom.Cut(bom.Clean(source.Name), maxName)
	d.Inputs = append(d.Inputs, source)
	a := &applier{tree: index(d), file: source.Name, taken: map[bom.Ref]int{}}
	a.author(f.Author)
	a.subject(f)
	for i := range f.Parts {
		a.part(&f.Parts[i])
	}
	for i := range f.Upstreams {
		a.upstream(&f.Upstreams[i])
	}
	for i := range f.Datasets {
		a.dataset(&f.Datasets[i])
	}
	a.released(f)
	a.files(f.Files)
	for _, x := range f.Exceptions {
		a.exception(x)
	}
	d.Normalize()
	slices.SortStableFunc(a.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return a.problems
}

// maxMessage keeps a finding, with its file and key, below what platforms cut.
const maxMessage = 700

type applier struct {
	*tree
	file     string
	taken    map[bom.Ref]int // the line in which something was stated first
	problems []Problem
}

// unknown records a statement about something that is not there.
func (a *applier) unknown(line int, key, complaint string) {
	text := fmt.Sprintf("%s: %s", quote(key), complaint)
	a.problems = append(a.problems, Problem{Line: line, Text: text})
	a.doc.Gaps = append(a.doc.Gaps, bom.Gap{Kind: bom.GapUnresolved, Path: a.file, Reason: bom.Cut("what is stated of "+text, maxMessage)})
}

// finding records a statement that does not fit the document.
func (a *applier) finding(rule string, line int, ref bom.Ref, key, text string) {
	text, key = bom.Cut(text, maxMessage), bom.Cut(key, maxName)
	a.problems = append(a.problems, Problem{line, ref, text, rule})
	a.doc.Findings = append(a.doc.Findings, bom.Finding{Rule: rule, Severity: bom.SeverityLow, Ref: ref, Path: a.file, Key: key, Message: text})
}

// take reports whether a component is stated about for the first time.
func (a *applier) take(c *bom.Component, line int, key string) bool {
	if first, twice := a.taken[c.Ref]; twice {
		a.unknown(line, key, fmt.Sprintf("line %d is about the same; this one was left out", first))
		return false
	}
	a.taken[c.Ref] = line
	return true
}

func (a *applier) subject(f *Facts) {
	c := a.components[a.doc.Subject]
	if c == nil {
		return
	}
	if p := f.Producer; p != nil {
		a.supplier(c, p, "producer")
		add(c, PropContact, p.Contact)
	}
	if r := f.Release; r != nil {
		a.native(c, r.Line, "release", r.Version, r.Download, r.Time, r.Built)
		a.purl(c, r.Line, "release.purl", r.PURL)
	}
	if f.Model != nil {
		a.taken[c.Ref] = f.Model.Line
		a.statements(c, f.Model, "model")
		a.description(c, f.Model.Line, "model", f.Model.Description)
		a.references(c, f.Model.References)
	}
}

func (a *applier) part(p *Part) {
	c, complaint := a.findPart(p.Key)
	if c == nil {
		a.unknown(p.Line, p.Key, complaint)
		return
	}
	if !a.take(c, p.Line, p.Key) {
		return
	}
	key := "parts." + p.Key
	a.statements(c, &p.Statements, key)
	a.supplier(c, p.Supplier, key+".supplier")
	a.native(c, p.Line, key, p.Version, p.Download, p.Time, p.Built)
	for _, x := range bsiWords(&p.Files) {
		add(c, x.Name, x.Value)
	}
}

func (a *applier) upstream(u *Upstream) {
	c, complaint := a.findOutside(u.Key, "upstream:", "upstream", a.tree.upstream())
	if c == nil {
		a.unknown(u.Line, u.Key, complaint)
		return
	}
	if a.take(c, u.Line, u.Key) {
		a.supplier(c, u.Supplier, "upstreams."+u.Key+".supplier")
		a.native(c, u.Line, "upstreams."+u.Key, u.Version, u.Download, u.Time, time.Time{})
		a.purl(c, u.Line, "upstreams."+u.Key+".purl", u.PURL)
		a.licences(c, u.Line, "upstreams."+u.Key, u.Licences)
	}
}

// released gives the parts that hold weights what is stated of the release, where
// nothing is known of them otherwise.
func (a *applier) released(f *Facts) {
	r := f.Release
	if r == nil || !r.WithParts {
		return
	}
	for _, c := range a.parts() {
		if c.Kind != bom.KindModel {
			continue
		}
		if f.Producer != nil && c.Supplier == nil {
			a.supplier(c, f.Producer, "producer")
		}
		if c.Version == "" {
			a.version(c, r.Line, "release", r.Version)
		}
		if !hasDownload(c) {
			a.download(c, r.Download)
		}
		for name, t := range map[string]time.Time{PropReleaseTime: r.Time, PropBuiltTime: r.Built} {
			if value(c, name) == "" && !t.IsZero() {
				add(c, name, t.Format(time.RFC3339))
			}
		}
	}
}

// exception keeps an exception, an expired one too: the policy says what became
// of it.
func (a *applier) exception(x Exception) {
	ref := bom.Ref(x.Part)
	if c := a.components[a.doc.Subject]; x.Part == "model" && c != nil {
		ref = ""
	} else if x.Part != "" {
		c, complaint := a.findPart(x.Part)
		if c == nil {
			a.unknown(x.Line, x.Part, complaint)
		} else {
			ref = c.Ref
		}
	}
	p := bom.Property{Name: PropException, Value: bom.Cut(bom.JoinFields(x.Rule, string(ref), x.Expires, x.Reason, x.ApprovedBy), bom.MaxText)}
	a.doc.Properties = append(a.doc.Properties, p)
	if now := a.doc.Created; !now.IsZero() && now.UTC().Format(time.DateOnly) > x.Expires {
		if a.components[ref] == nil {
			ref = ""
		}
		a.finding(RuleExpired, x.Line, ref, "exceptions", fmt.Sprintf("The exception from the rule %s expired on %s.", x.Rule, x.Expires))
	}
}

// add adds a property that has a value.
func add(c *bom.Component, name, value string) {
	if value != "" {
		c.Properties = append(c.Properties, bom.Property{Name: name, Value: value})
	}
}

func value(c *bom.Component, name string) string {
	for _, p := range c.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// label is what a component is called in sentences.
func label(c *bom.Component, subject bom.Ref) string {
	switch {
	case c.Ref == subject:
		return "the model"
	case strings.HasPrefix(string(c.Ref), "part:"):
		return "the " + bom.Cut(strings.TrimPrefix(string(c.Ref), "part:"), maxName)
	}
	return bom.Cut(cmp.Or(fullName(c), string(c.Ref)), maxName)
}
