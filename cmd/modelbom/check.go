package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/report"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "hold a bill of materials against policies",
		ArgsUsage: "BOM",
		UsageText: "modelbom check BOM [--policy NAME|FILE]... [-o FORMAT[=FILE]]... | --list | --explain RULE | --self-test --policy FILE",
		Description: "BOM is a CycloneDX or SPDX document of any tool, or \"-\" for standard input.\n" +
			"A policy is built in (see --list) or a file of your own, which\n" +
			"docs/policies-own.md describes. Without --policy it is \"graded\". The exit code is 2\n" +
			"when a policy fails or cannot be shown to be met, or when the document has findings\n" +
			"of the severity that --fail-on names. Everything is written first. The document\n" +
			"formats write the document with the outcome in it, as attestations.",
		Flags: []cli.Flag{
			policyFlag(), paramFlag(),
			repeatable("output", "write `FORMAT[=FILE]`, several times if you like: "+strings.Join(append(slices.Clone(checkFormats), codecNames()...), ", "), "o"),
			factsFlag(), failOnFlag(), nowFlag(),
			&cli.BoolFlag{Name: "list", Usage: "list the built-in policies; with -v their parameters"},
			&cli.StringFlag{Name: "explain", Usage: "explain `RULE` of a policy or of findings; \"all\" lists them"},
			&cli.BoolFlag{Name: "self-test", Usage: "run the tests that the policy files have for themselves"},
			quietFlag(),
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "list reasons, what passes, and elements that are there"},
		},
		Action: check,
	}
}

var checkFormats = []string{"text", "json", "sarif", "junit", "markdown", "html"}

func policyFlag() cli.Flag {
	return repeatable("policy", "hold the document against the policy `NAME|FILE`, several times if you like")
}

func paramFlag() cli.Flag {
	return repeatable("param", "give a parameter of a policy a value, `NAME=VALUE`, several times if you like")
}

func failOnFlag() cli.Flag {
	return &cli.StringFlag{Name: "fail-on", Value: string(bom.SeverityMedium),
		Usage: "also fail on findings of this `SEVERITY` or above, and on rules that do not decide their policy: critical, high, medium, low, info, or none"}
}

func nowFlag() cli.Flag {
	return &cli.StringFlag{Name: "now", Usage: "judge what expires as of this `TIME` (YYYY-MM-DD or RFC 3339); default the time of the document"}
}

func check(c *cli.Context) error {
	switch {
	case c.Bool("list"):
		return listPolicies(c)
	case c.IsSet("explain"):
		return explainRule(c)
	case c.Bool("self-test"):
		return selfTest(c)
	}
	name, err := oneArgument(c, "a document")
	if err != nil {
		return err
	}
	outs, err := checkOutputs(c)
	if err != nil {
		return err
	}
	k, err := newChecker(c, policy.Graded)
	if err != nil {
		return err
	}
	doc, err := documentForReading(c, name)
	if err != nil {
		return err
	}
	if err := applyFacts(c, doc); err != nil {
		return err
	}
	if err := k.check(doc); err != nil {
		return err
	}
	k.options.Document = name
	e := &emitter{c.Context, c.App.Writer, c.App.ErrWriter, c.Bool("quiet"), c.Bool("verbose")}
	if err := e.render(outs, func(o output, w io.Writer) error { return k.write(e, o, w, doc) }); err != nil {
		return err
	}
	if k.failed(doc) {
		return errFindings
	}
	return nil
}

// checkOutputs reads the -o flags: reports of the check, and documents.
func checkOutputs(c *cli.Context) ([]output, error) {
	values := listed(c, "output")
	if len(values) == 0 {
		return []output{{format: "text"}}, nil
	}
	var outs []output
	taken := destinations{}
	for _, v := range values {
		spec, file, named := strings.Cut(v, "=")
		if named && file == "" {
			return nil, fmt.Errorf("-o %s names no file", v)
		}
		o := output{file: file}
		o.format, o.version, _ = strings.Cut(spec, "@")
		if !slices.Contains(checkFormats, o.format) {
			_, version, err := codec.Lookup(o.format, o.version)
			if err != nil {
				return nil, hint(fmt.Errorf("check has no format %q", spec), "the formats are %s", strings.Join(append(slices.Clone(checkFormats), codecNames()...), ", "))
			}
			o.version = version
		} else if o.version != "" {
			return nil, fmt.Errorf("the %s output has no versions", o.format)
		}
		if err := taken.take(o, spec); err != nil {
			return nil, err
		}
		outs = append(outs, o)
	}
	return outs, nil
}

func codecNames() []string {
	var names []string
	for _, f := range codec.All() {
		names = append(names, f.Name())
	}
	return names
}

// A checker holds documents against the policies that were asked for.
type checker struct {
	c        *cli.Context
	policies []policy.Policy
	asked    policy.Options
	results  []*policy.Result
	options  report.CheckOptions
}

// newChecker reads the flags that "check" and "generate" share. Without a policy
// it is the given one.
func newChecker(c *cli.Context, none string) (*checker, error) {
	k := &checker{c: c, options: report.CheckOptions{Tool: bom.Tool{Name: "modelbom", Version: buildVersion()}, Verbose: c.Bool("verbose")}}
	names := listed(c, "policy")
	if len(names) == 0 && none != "" {
		names = []string{none}
	}
	var err error
	if k.policies, err = findPolicies(names); err != nil {
		return nil, err
	}
	if k.asked.Parameters, err = parametersFor(listed(c, "param"), k.policies); err != nil {
		return nil, err
	}
	if k.options.FailOn, err = failOn(c.String("fail-on")); err != nil {
		return nil, err
	}
	if k.asked.Now, err = checkTime(c.String("now")); err != nil {
		return nil, err
	}
	for _, p := range k.policies {
		k.options.Rules = append(k.options.Rules, p.Rules()...)
	}
	k.options.Rules = append(k.options.Rules, findingRules()...)
	return k, nil
}

func failOn(s string) (bom.Severity, error) {
	words := []string{"critical", "high", "medium", "low", "info", string(report.FailOnNone)}
	if s == "" {
		return bom.SeverityMedium, nil // a command without the flag
	}
	if !slices.Contains(words, s) {
		return "", hint(fmt.Errorf("there is no severity %q", s), "--fail-on takes %s", strings.Join(words, ", "))
	}
	return bom.Severity(s), nil
}

func checkTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--now %q is no time: give YYYY-MM-DD or RFC 3339", s)
}

// check asks every policy. Without a time nothing can expire, which is said where
// something could.
func (k *checker) check(doc *bom.Document) error {
	if k.asked.Now.IsZero() && doc.Created.IsZero() && expires(doc) && !k.c.Bool("quiet") {
		fmt.Fprintln(k.c.App.ErrWriter, "modelbom: warning: the document has no time, so none of its exceptions and reviews has expired; give one with --now")
	}
	for _, p := range k.policies {
		r, err := p.Check(doc, k.asked)
		if err != nil {
			return fmt.Errorf("policy %s: %w", p.Name(), err)
		}
		k.results = append(k.results, r)
	}
	return k.c.Err()
}

// expires reports a document with something that can expire.
func expires(doc *bom.Document) bool {
	has := func(list []bom.Property, name string) bool {
		return slices.ContainsFunc(list, func(p bom.Property) bool { return p.Name == name })
	}
	return has(doc.Properties, "modelbom:exception") || slices.ContainsFunc(doc.Components, func(c bom.Component) bool { return has(c.Properties, "modelbom:review") })
}

// failed reports what makes the exit code 2: a policy that is not met or not
// shown to be met, whatever the severity of its rules; or a finding, or a rule
// that does not decide its policy, of the severity that was asked for.
func (k *checker) failed(doc *bom.Document) bool {
	bad := func(o policy.Outcome) bool { return o == policy.Fail || o == policy.NotShown }
	for _, r := range k.results {
		if bad(r.Outcome) || slices.ContainsFunc(r.Checks, func(v policy.Verification) bool {
			return bad(v.Outcome) && k.options.Counts(bom.Finding{Severity: v.Severity})
		}) {
			return true
		}
	}
	return slices.ContainsFunc(doc.Findings, k.options.Counts)
}

// write writes one output.
func (k *checker) write(e *emitter, o output, w io.Writer, doc *bom.Document) error {
	show, ok := map[string]func(io.Writer, *bom.Document, []*policy.Result, report.CheckOptions) error{
		"text": report.CheckText, "sarif": report.CheckSARIF, "junit": report.CheckJUnit, "markdown": report.CheckMarkdown, "html": report.CheckHTML,
	}[o.format]
	switch {
	case ok:
		return show(w, doc, k.results, k.options)
	case o.format == "json":
		data, err := policy.JSON(k.report(doc))
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	with := *doc
	with.Attestations = append(slices.Clone(doc.Attestations), report.Attestations(doc, k.results, k.options)...)
	losses, err := o.encode.Encode(w, &with, o.format, o.version)
	if err != nil {
		return err
	}
	e.losses(o, losses)
	return nil
}

func (k *checker) report(doc *bom.Document) policy.Report {
	r := policy.Report{Document: doc, Results: k.results, Failed: k.failed(doc), FailOn: cmp.Or(string(k.options.FailOn), "medium")}
	for _, f := range doc.Findings {
		if k.options.Counts(f) {
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

// generated holds a new document against the policies of --policy, and returns
// what the command ends with, which without policies is the given verdict. What
// they say goes to standard output, unless a document does.
func (k *checker) generated(doc *bom.Document, outs []output, verdict error) error {
	if len(k.policies) == 0 {
		return verdict
	}
	asWritten := *doc
	for _, o := range outs {
		if o.version != "" && asWritten.Format == "" {
			// Every encoder writes an identifier, derived from the content.
			asWritten.Format, asWritten.Serial = o.format+"@"+o.version, "derived from the content"
		}
	}
	if err := k.check(&asWritten); err != nil {
		return err
	}
	asWritten.Findings = nil // judge has shown them
	w := k.c.App.Writer
	if slices.ContainsFunc(outs, func(o output) bool { return o.stdout() && o.format != "text" }) {
		w = k.c.App.ErrWriter
	}
	if w == k.c.App.Writer || !k.c.Bool("quiet") {
		if len(outs) == 0 || slices.ContainsFunc(outs, output.stdout) {
			fmt.Fprintln(w)
		}
		if err := report.CheckText(w, &asWritten, k.results, k.options); err != nil {
			return err
		}
	}
	if k.failed(&asWritten) {
		return errFindings
	}
	return verdict
}
