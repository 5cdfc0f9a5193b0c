package policy

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A Parameter is something that a policy can be applied with.
type Parameter struct {
	Name, Default string
	Meaning       string
	// Values are the values that it can have; nil where it has a form of its
	// own, which Meaning tells.
	Values []string
}

// Parameterised is implemented by policies that tell their parameters. A policy
// passes over parameters of other policies, so that one set serves several; it is
// for the caller to refuse a name that none of them knows.
type Parameterised interface{ Parameters() []Parameter }

// values are the parameters that a policy is applied with.
type values map[string]string

// apply takes the defaults, and the given values over them.
func apply(list []Parameter, given map[string]string) (values, error) {
	v := values{}
	for _, p := range list {
		value, ok := given[p.Name]
		if !ok {
			value = p.Default
		}
		value = strings.TrimSpace(value)
		if p.Values != nil && !slices.Contains(p.Values, value) {
			return nil, fmt.Errorf("parameter %q: %q is none of %s", p.Name, value, strings.Join(p.Values, ", "))
		}
		v[p.Name] = value
	}
	return v, nil
}

// properties are the parameters in a result.
func (v values) properties() []bom.Property {
	var out []bom.Property
	for name, value := range v {
		out = append(out, bom.Property{Name: name, Value: value})
	}
	slices.SortFunc(out, func(a, b bom.Property) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// list splits a comma-separated value.
func (v values) list(name string) []string {
	var out []string
	for s := range strings.SplitSeq(v[name], ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// allows reports a parameter whose value is "allow".
func (v values) allows(name string) bool { return v[name] == "allow" }

// share reads a parameter between 0 and 1.
func (v values) share(name string) (float64, error) {
	f, err := strconv.ParseFloat(v[name], 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("parameter %q: %q is no number from 0 to 1", name, v[name])
	}
	return f, nil
}

// days reads a parameter that is a whole number.
func (v values) days(name string) (int, error) {
	n, err := strconv.Atoi(v[name])
	if err != nil || n < 0 || n > 100_000 {
		return 0, fmt.Errorf("parameter %q: %q is no number of days", name, v[name])
	}
	return n, nil
}

// country checks the home jurisdiction.
func (v values) country(name string) error {
	c := v[name]
	if c != "" && (len(c) != 2 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return fmt.Errorf("parameter %q: %q is no ISO 3166-1 alpha-2 code in capital letters", name, c)
	}
	return nil
}

var allowDeny = []string{"allow", "deny"}

// digestOf is the digest of a built-in policy: of everything that it says of
// itself. Its version changes with its code.
func digestOf(p Policy, version string, parameters []Parameter) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q\n", p.Name(), p.Title(), version)
	for _, r := range p.Rules() {
		fmt.Fprintf(h, "%q %q %q %q %q\n", r.ID, r.Title, r.Severity, r.Why, r.Remedy)
	}
	for _, x := range parameters {
		fmt.Fprintf(h, "%q %q %q %q\n", x.Name, x.Default, x.Meaning, x.Values)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}
