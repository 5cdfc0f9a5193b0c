// Package policy holds a bill of materials against rules: who may have made what,
// under which licence, how well shown, how well reviewed.
//
// A policy is built in ([Builtin]) or a file of the user's ([Read]). [Check] is
// pure: it looks at the neutral document and nothing else, so that a document of
// any tool can be checked, and a policy can neither read files nor reach a
// network. It ends within a cost limit whatever the policy says.
//
// Two ideas hold everywhere. What is not shown is not granted: a grade rises by
// evidence alone, and taking evidence away never raises one. And every outcome
// has its reasons, each with a place in the document, in words that can be read
// to a committee.
package policy

import (
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A Result is what one policy says of one document.
type Result struct {
	Policy  string // its name
	Title   string
	Version string // of the policy
	Digest  string // "sha256:..." of the policy's text
	Outcome Outcome
	// Sentence is the outcome in words that can be quoted.
	Sentence string
	// Parameters are those that the policy was applied with, sorted by name.
	Parameters []bom.Property
	// Parts are graded one by one, where the policy does that.
	Parts []PartResult
	// Checks are the outcomes of the single rules, failed ones first.
	Checks []Verification
	// Elements are those of a list of minimum elements.
	Elements []Element
	// Exceptions are those that were used, have expired, or fit nothing.
	Exceptions []ExceptionUse
}

// An Outcome is what a rule or a policy comes to.
type Outcome string

// The outcomes.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	// NotShown: the document does not show it. It does not pass.
	NotShown Outcome = "cannot-be-shown"
	// NotApplicable: there is nothing that the rule is about.
	NotApplicable Outcome = "not-applicable"
	// Excepted: it fails, and an exception that has not expired covers it.
	Excepted Outcome = "excepted"
)

// A Verification is the outcome of one rule about one thing.
type Verification struct {
	Rule     string
	Outcome  Outcome
	Severity bom.Severity
	Ref      bom.Ref // empty: the model
	Path     string  // a file, where it is about one
	Text     string  // one sentence with the reason
}

// A PartResult is what a policy says of one part.
type PartResult struct {
	Ref     bom.Ref
	Name    string // "vision-encoder"
	Foreign Foreign
	// Reuse is what of the part is somebody else's, by kind.
	Reuse    []Reuse
	Grades   []Grade
	Overall  Level
	Outcome  Outcome
	Sentence string
}

// Foreign says whether a part is somebody else's.
type Foreign string

// The answers.
const (
	ForeignYes     Foreign = "foreign"   // its content comes from an upstream of another supplier
	ForeignNo      Foreign = "own"       // its producer states that it is their own, and nothing found speaks against it
	ForeignHome    Foreign = "home"      // from an upstream of the home jurisdiction or an allowed supplier
	ForeignUnknown Foreign = "not-shown" // nobody states it, and nothing was found
)

// A Reuse is one kind of reuse: of weights, of an architecture, of a tokenizer,
// of code.
type Reuse struct {
	Kind     ReuseKind
	Upstream bom.Ref
	Verdict  bom.Verdict
	Outcome  Outcome
	Text     string
}

// A ReuseKind is what is reused.
type ReuseKind string

// The kinds of reuse.
const (
	ReuseWeights      ReuseKind = "weights"
	ReuseArchitecture ReuseKind = "architecture"
	ReuseTokenizer    ReuseKind = "tokenizer"
	ReuseCode         ReuseKind = "code"
)

// A Grade is one of the four questions that graded transparency asks.
type Grade struct {
	Name    string // "auditable", "licence-clean", "security-reviewed", "replaceable"
	Level   Level
	Reasons []Reason
}

// A Level is how well something is shown. They are ordered: what is not shown is
// the lowest.
type Level string

// The levels, the highest first.
const (
	LevelMet      Level = "met"
	LevelPartly   Level = "partly-met"
	LevelNotMet   Level = "not-met"
	LevelNotShown Level = "cannot-be-shown"
)

// A Reason is one cause of a grade.
type Reason struct {
	ID    string // stable: "auditable.digests"
	Level Level  // what the cause alone allows
	Text  string // a sentence
	Place string // where in the document, for people
}

// An Element is one minimum element.
type Element struct {
	Rule          string // that asks for it
	Cluster, Name string
	State         ElementState
	Value         string // what the document has, cut
	Place         string // where to put it: "modelbom.yaml producer.name", "README.md license"
}

// An ElementState says who can supply an element.
type ElementState string

// The states.
const (
	ElementPresent   ElementState = "present"
	ElementDerivable ElementState = "derivable" // modelbom can, with an option or a readable file
	ElementPerson    ElementState = "person"    // only a person can supply it
)

// An ExceptionUse is what became of an exception.
type ExceptionUse struct {
	Rule    string
	Ref     bom.Ref
	Reason  string
	Expires time.Time
	State   string // "used", "expired", "unused"
}
