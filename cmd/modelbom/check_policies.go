package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/nearest"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/report"
	"github.com/modelbom/modelbom/pkg/wording"
)

// findPolicies finds built-in policies and reads files. A name of a built-in
// policy is one; a file of that name is ./NAME.
func findPolicies(names []string) ([]policy.Policy, error) {
	var out []policy.Policy
	for _, name := range names {
		p, err := findPolicy(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(had policy.Policy) bool { return had.Name() == p.Name() }) {
			return nil, fmt.Errorf("the policy %q is asked for twice", p.Name())
		}
		out = append(out, p)
	}
	return out, nil
}

func findPolicy(name string) (policy.Policy, error) {
	if p, ok := policy.Lookup(name); ok {
		return p, nil
	}
	p, err := readPolicy(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	if near := nearest.Word(name, policyNames()); near != "" {
		return nil, hint(fmt.Errorf("there is no policy and no file %q", name), "did you mean %q?", near)
	}
	return nil, hint(fmt.Errorf("there is no policy and no file %q", name), "the built-in policies are %s", strings.Join(policyNames(), ", "))
}

func readPolicy(name string) (*policy.Custom, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := policy.Read(f)
	if err != nil {
		return nil, hint(fmt.Errorf("%s: %w", name, err), "docs/policies-own.md describes the form of a policy")
	}
	return p, nil
}

func policyNames() []string {
	var names []string
	for _, p := range policy.Builtin() {
		names = append(names, p.Name())
	}
	return names
}

// parametersFor reads the --param flags. A name that no policy knows is an error.
func parametersFor(flags []string, policies []policy.Policy) (map[string]string, error) {
	var known []string
	for _, p := range policies {
		for _, x := range parametersOf(p) {
			known = append(known, x.Name)
		}
	}
	out := map[string]string{}
	for _, f := range flags {
		name, value, ok := strings.Cut(f, "=")
		if !ok {
			return nil, hint(fmt.Errorf("--param %q has no value", f), "write --param NAME=VALUE")
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("the parameter %q is given twice", name)
		}
		if !slices.Contains(known, name) {
			err := fmt.Errorf("no policy that was asked for has a parameter %q", name)
			if near := nearest.Word(name, known); near != "" {
				return nil, hint(err, "did you mean %q?", near)
			}
			slices.Sort(known)
			return nil, hint(err, "the parameters are %s", strings.Join(slices.Compact(known), ", "))
		}
		out[name] = value
	}
	return out, nil
}

func parametersOf(p policy.Policy) []policy.Parameter {
	if x, ok := p.(policy.Parameterised); ok {
		return x.Parameters()
	}
	return nil
}

// listPolicies lists the built-in policies.
func listPolicies(c *cli.Context) error {
	if c.Args().Present() {
		return errors.New("--list takes no document")
	}
	w := c.App.Writer
	for _, p := range policy.Builtin() {
		fmt.Fprintf(w, "%-16s %s\n", p.Name(), p.Title())
		if !c.Bool("verbose") {
			continue
		}
		for _, x := range parametersOf(p) {
			text := x.Name
			if x.Default != "" {
				text += "=" + x.Default
			}
			if x.Values != nil {
				text += " (" + strings.Join(x.Values, ", ") + ")"
			}
			if err := report.Paragraph(w, text+": "+x.Meaning, "    "); err != nil {
				return err
			}
		}
	}
	return nil
}

// explainRule explains a rule of a policy or of findings.
func explainRule(c *cli.Context) error {
	if c.Args().Present() {
		return errors.New("--explain takes no document")
	}
	asked, err := findPolicies(listed(c, "policy"))
	if err != nil {
		return err
	}
	id := c.String("explain")
	var known []string
	for _, group := range explained(asked) {
		for _, r := range group.rules {
			known = append(known, r.ID)
			if r.ID == id {
				return explain(c, group.name, r)
			}
		}
	}
	if id == "all" {
		return listRules(c, asked)
	}
	err = fmt.Errorf("there is no rule %q", id)
	if near := nearest.Word(id, known); near != "" {
		return hint(err, "did you mean %q?", near)
	}
	return hint(err, "\"modelbom check --explain all\" lists the rules; those of a file need --policy FILE")
}

func explain(c *cli.Context, of string, r policy.Rule) error {
	w := c.App.Writer
	fmt.Fprintf(w, "%s (%s, %s)\n", bom.Clean(r.ID), of, r.Severity)
	for _, text := range []string{r.Title, r.Why, r.Remedy} {
		if text == "" {
			continue
		}
		if err := report.Paragraph(w, text, "  "); err != nil {
			return err
		}
	}
	return nil
}

func listRules(c *cli.Context, asked []policy.Policy) error {
	for _, group := range explained(asked) {
		fmt.Fprintf(c.App.Writer, "%s\n", group.name)
		for _, r := range group.rules {
			fmt.Fprintf(c.App.Writer, "  %-8s %s: %s\n", r.Severity, bom.Clean(r.ID), bom.Clean(r.Title))
		}
	}
	return nil
}

// A ruleGroup is the rules of one policy, or those of findings.
type ruleGroup struct {
	name  string
	rules []policy.Rule
}

// explained are all rules that are known: those of the policies that are asked
// for, of the built-in ones, of findings.
func explained(asked []policy.Policy) []ruleGroup {
	var out []ruleGroup
	for _, p := range append(slices.Clone(asked), policy.Builtin()...) {
		if !slices.ContainsFunc(out, func(g ruleGroup) bool { return g.name == "policy "+p.Name() }) {
			out = append(out, ruleGroup{"policy " + p.Name(), p.Rules()})
		}
	}
	return append(out, ruleGroup{"finding", findingRules()})
}

// selfTest runs the tests of policy files.
func selfTest(c *cli.Context) error {
	names := listed(c, "policy")
	if c.Args().Present() || len(names) == 0 {
		return hint(errors.New("--self-test needs policy files and no document"), "usage: modelbom check --self-test --policy FILE")
	}
	failed := false
	for _, name := range names {
		if _, builtin := policy.Lookup(name); builtin {
			return fmt.Errorf("%q is built in; --self-test is for files", name)
		}
		p, err := findPolicy(name)
		if err != nil {
			return err
		}
		bad, err := testPolicy(c, name, p.(*policy.Custom))
		if err != nil {
			return err
		}
		failed = failed || bad
	}
	if failed {
		return errFindings
	}
	return nil
}

func testPolicy(c *cli.Context, name string, p *policy.Custom) (failed bool, err error) {
	results, err := p.Test()
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	if len(results) == 0 {
		return false, hint(fmt.Errorf("%s has no tests", name), "docs/policies-own.md describes how a policy tests itself")
	}
	n := 0
	for _, r := range results {
		if len(r.Failures) == 0 {
			if c.Bool("verbose") {
				fmt.Fprintf(c.App.Writer, "ok    %s:%d: %s\n", name, r.Line, bom.Clean(r.Name))
			}
			continue
		}
		n++
		fmt.Fprintf(c.App.Writer, "FAIL  %s:%d: %s\n", name, r.Line, bom.Clean(r.Name))
		for _, f := range r.Failures {
			if err := report.Paragraph(c.App.Writer, f, "      "); err != nil {
				return false, err
			}
		}
	}
	if n > 0 {
		fmt.Fprintf(c.App.Writer, "%s: %d of %s failed\n", name, n, wording.Count(len(results), "test", "tests"))
		return true, nil
	}
	fmt.Fprintf(c.App.Writer, "%s: %s passed\n", name, wording.Count(len(results), "test", "tests"))
	return false, nil
}
