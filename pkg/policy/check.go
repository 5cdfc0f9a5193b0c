package policy

import (
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Options are what a check depends on besides the document and the policy.
type Options struct {
	// Parameters override those of the policy: "home" (ISO 3166-1 alpha-2),
	// "allowed-suppliers", thresholds.
	Parameters map[string]string
	// Now decides whether exceptions and reviews have expired; zero is the
	// document's own time, and without one nothing expires.
	Now time.Time
}

// A Policy can be checked.
type Policy interface {
	Name() string
	Title() string
	// Check holds a document against the policy.
	Check(d *bom.Document, o Options) (*Result, error)
	// Rules are all that it can complain about.
	Rules() []Rule
}

// A Rule is explained to users by "check --explain".
type Rule struct {
	ID       string
	Title    string
	Severity bom.Severity
	Why      string // why it matters
	Remedy   string // what makes it pass, and where that is to be stated
}

// Builtin returns the built-in policies.
func Builtin() []Policy {
	return append([]Policy{scratch{}, graded{}}, elementLists()...)
}

// Lookup finds a built-in policy by its name.
func Lookup(name string) (Policy, bool) {
	for _, p := range Builtin() {
		if p.Name() == name {
			return p, true
		}
	}
	return nil, false
}
