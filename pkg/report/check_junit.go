package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

// CheckJUnit writes a check as JUnit XML, in the form that Jenkins' schema has and
// common viewers open: one suite for each policy, one case for each rule and
// thing, and a suite for the findings of the document. What cannot be shown is a
// failure of that type, since it does not pass. What does not apply is skipped, and
// so is what is excepted, with the reason.
func CheckJUnit(w io.Writer, d *bom.Document, results []*policy.Result, o CheckOptions) error {
	j := &junitWriter{view: newView(d), o: o}
	all := junitSuites{Name: "modelbom check"}
	for i, r := range results {
		all.add(j.suite(i, r))
	}
	if len(d.Findings) > 0 {
		all.add(j.findings(len(results)))
	}
	var out strings.Builder
	out.WriteString(xml.Header)
	e := xml.NewEncoder(&out)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err := io.WriteString(w, out.String())
	return err
}

// The elements, in the order that the schema asks for.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string           `xml:"name,attr"`
		ID         int              `xml:"id,attr"`
		Tests      int              `xml:"tests,attr"`
		Failures   int              `xml:"failures,attr"`
		Errors     int              `xml:"errors,attr"`
		Skipped    int              `xml:"skipped,attr"`
		Time       string           `xml:"time,attr"`
		Properties *junitProperties `xml:"properties"`
		Cases      []junitCase      `xml:"testcase"`
		Out        string           `xml:"system-out,omitempty"`
	}
	junitProperties struct {
		List []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Skipped *string       `xml:"skipped"`
		Failure *junitFailure `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (s *junitSuites) add(suite junitSuite) {
	suite.Time = "0"
	names := map[string]int{}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		c.Time = "0"
		if names[c.Name]++; names[c.Name] > 1 { // viewers take equal names for one
			c.Name += fmt.Sprintf(" (%d)", names[c.Name])
		}
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	suite.Tests = len(suite.Cases)
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Suites = append(s.Suites, suite)
}

type junitWriter struct {
	*view
	o CheckOptions
}

func (j *junitWriter) suite(id int, r *policy.Result) junitSuite {
	s := junitSuite{Name: shown(r.Policy), ID: id, Out: junitText(r)}
	p := &junitProperties{}
	for _, x := range [][2]string{{"title", r.Title}, {"version", r.Version}, {"digest", r.Digest}, {"outcome", string(r.Outcome)}} {
		p.List = append(p.List, junitProperty{x[0], shown(x[1])})
	}
	for _, x := range r.Parameters {
		p.List = append(p.List, junitProperty{"parameter:" + shown(x.Name), shown(x.Value)})
	}
	s.Properties = p
	for _, v := range r.Checks {
		s.Cases = append(s.Cases, j.check(r.Policy, v))
	}
	for _, e := range r.Elements {
		s.Cases = append(s.Cases, j.element(r, e))
	}
	if len(s.Cases) == 0 || !s.failed() && stops(r.Outcome) {
		s.Cases = append(s.Cases, j.check(r.Policy, policy.Verification{Rule: r.Policy, Outcome: r.Outcome, Text: r.Sentence}))
	}
	return s
}

// failed reports whether a case fails, as one must where the policy does.
func (s *junitSuite) failed() bool {
	return slices.ContainsFunc(s.Cases, func(c junitCase) bool { return c.Failure != nil })
}

// element is the case of a minimum element. One that is missing where the policy
// passes all the same does not fail.
func (j *junitWriter) element(r *policy.Result, e policy.Element) junitCase {
	v, missing := elementCheck(r, e)
	if missing && v.Severity == bom.SeverityInfo {
		v.Outcome = policy.NotApplicable
	}
	c := j.check(r.Policy, v)
	if c.Failure != nil {
		c.Failure.Type = "missing-element"
	}
	return c
}

// check is one case.
func (j *junitWriter) check(policyName string, v policy.Verification) junitCase {
	c := junitCase{Class: "modelbom." + shown(policyName), Name: shown(v.Rule)}
	place := cmp.Or(v.Path, j.caller(v.Ref))
	if place != "" {
		c.Name += ": " + shown(place)
	}
	text := shown(v.Text)
	switch v.Outcome {
	case policy.Pass:
		c.Out = text
	case policy.NotApplicable:
		text = cmp.Or(text, "does not apply")
		c.Skipped = &text
	case policy.Excepted:
		text = "excepted: " + text
		c.Skipped = &text
	default:
		c.Failure = &junitFailure{Type: shown(string(v.Outcome)), Message: text,
			Text: strings.Join(notEmpty("severity: "+shown(string(v.Severity)), "component: "+shown(string(v.Ref)), "file: "+shown(v.Path), "remedy: "+shown(j.o.remedy(v.Rule))), "\n")}
	}
	return c
}

// notEmpty leaves out lines that name something and say nothing of it.
func notEmpty(lines ...string) []string {
	var out []string
	for _, l := range lines {
		if !strings.HasSuffix(l, ": ") {
			out = append(out, l)
		}
	}
	return out
}

func (o CheckOptions) remedy(id string) string {
	for _, r := range o.Rules {
		if r.ID == id {
			return r.Remedy
		}
	}
	return ""
}

// caller is what a component is called; the model has no name here.
func (j *junitWriter) caller(ref bom.Ref) string {
	c := j.byRef[ref]
	if ref == "" || c == nil || ref == j.Subject {
		return ""
	}
	return cmp.Or(partLabel(c), titled(c))
}

// findings is the suite of the document's findings. Those that do not count are
// told and do not fail.
func (j *junitWriter) findings(id int) junitSuite {
	s := junitSuite{Name: "findings", ID: id}
	for _, f := range j.Findings {
		v := policy.Verification{Rule: f.Rule, Outcome: policy.Fail, Severity: f.Severity, Ref: f.Ref, Path: f.Path, Text: f.Message}
		c := j.check("findings", v)
		if f.Key != "" {
			c.Name += " " + shown(f.Key)
		}
		if j.o.Counts(f) {
			c.Failure.Type = "finding"
		} else {
			c.Failure, c.Out = nil, shown(string(f.Severity)+": "+f.Message)
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

// junitText is what a suite says besides its cases: the sentence and the grades.
func junitText(r *policy.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, bom.Clean(r.Sentence))
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(shown(p.Name)+": "+bom.Clean(p.Sentence), ": "))
		for _, g := range p.Grades {
			fmt.Fprintf(&b, "  %s: %s\n", shown(g.Name), shown(levelWords(g.Level)))
			for _, x := range g.Reasons {
				fmt.Fprintf(&b, "    %s: %s: %s\n", shown(levelWords(x.Level)), shown(x.ID), shown(x.Text))
			}
		}
	}
	return b.String()
}
