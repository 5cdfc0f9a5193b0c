// Package facts reads what only people know about a model, and writes it into
// the model's bill of materials: who produced it and where, when it was released,
// what it was trained on and with how much computation, who reviewed which bytes
// and with what result, how a part could be replaced, and which rules it is
// excepted from until when.
//
// The facts stand in a YAML file, by habit modelbom.yaml, which [Read] reads
// strictly: a misspelt key is an error with its line, never a statement that is
// lost. [Apply] writes them into a document. Three rules hold there:
//
//   - A statement is marked as one. It stands in properties whose names say so,
//     and the file and its digest stand among the inputs of the document.
//   - A statement about bytes holds for those bytes alone. Reviews, and
//     statements that a part is the producer's own or can be replaced, name a
//     digest; when the part has another one by now, the state of the statement is
//     [OtherBytes], it does not count, and that is a finding.
//   - Nothing that was observed is overwritten. Where a statement and an
//     observation differ, both stand in the document, and that is a finding.
//
// [Template] writes the file for a model, with everything filled in that its
// document shows. docs/facts.md describes every key.
//
// The package does not judge: whether a statement suffices is for package policy.
package facts

import "time"

// Version is the version of the file form that [Read] reads.
const Version = 1

// Facts are the content of one file.
type Facts struct {
	// Author answers for the document, Producer for the model.
	Author   *Author
	Producer *Organization
	Release  *Release
	// Model is stated about the model as a whole.
	Model *Statements
	// Parts, Upstreams and Datasets are in the order of the file.
	Parts      []Part
	Upstreams  []Upstream
	Datasets   []Dataset
	Files      *Files
	Exceptions []Exception
}

// An Organization produces a model, or supplies a part or an upstream.
type Organization struct {
	Name string
	URL  string
	// Country is where it is established, an ISO 3166-1 alpha-2 code.
	Country string
	// Contact is where questions go: an e-mail address, or words.
	Contact string
	Line    int
}

// A Release says what was released when.
type Release struct {
	Time, Built time.Time // UTC, whole seconds; zero when not stated
	Version     string
	Download    string // an address
	PURL        string // a package URL
	// WithParts says that the parts that hold weights were supplied by the
	// producer, and released, with the model: under its version, at its time and
	// at its place.
	WithParts bool
	Line      int
}

// Statements are what can be stated about a model or a part.
type Statements struct {
	// Description and References are of the model alone.
	Description  string
	References   []Reference
	Own          *Bound
	TrainingData *Text
	Compute      string // such as "2.1e24 FLOP"
	Energy       string
	IntendedUse  string
	Reviews      []Review
	Replaceable  *Replaceability
	Line         int
}

// A Bound statement holds for the bytes with the digest.
type Bound struct {
	Statement string
	Digest    string // "sha256:...", see [Digests]
	Line      int
}

// A Text is a statement with an address where there is more.
type Text struct {
	Text, Link string
	Line       int
}

// A Review is a security review of certain bytes.
type Review struct {
	By     string
	Date   string // YYYY-MM-DD
	Scope  string
	Result string // "accepted", "conditional" or "rejected"
	Digest string
	Link   string
	Line   int
}

// Results are the results that a review can have.
func Results() []string { return []string{"accepted", "conditional", "rejected"} }

// A Replaceability says what could stand in the place of a part.
type Replaceability struct {
	Interface    string   // what joins it to the rest
	Alternatives []string // drop-in replacements
	Text         string
	Digest       string
	Line         int
}

// A Part is what is stated about one part or file.
type Part struct {
	// Key names it: a role, where it is the only part of that role, or a
	// reference.
	Key string
	Statements
	Supplier          *Organization
	Version, Download string
	Time, Built       time.Time
	Files             Files // of a file
}

// An Upstream is what is stated about a model or code repository that something
// comes from.
type Upstream struct {
	// Key names it: a reference, a package URL, or GROUP/NAME.
	Key               string
	Supplier          *Organization
	Version, Download string
	PURL              string
	Time              time.Time
	Licences
	Line int
}

// An Exception says that a rule of a policy does not apply, for a reason and for
// a time.
type Exception struct {
	Rule       string
	Part       string // as in [Part], empty for the model and all of its parts
	Expires    string // YYYY-MM-DD, the last day on which it holds, in UTC
	Reason     string
	ApprovedBy string
	Line       int
}

// MaxSize is the largest file that is read, in bytes. One with a hundred parts
// and ten reviews of each has half of that.
const MaxSize = 1 << 20

// Limits of single texts, in characters, where "|" and "\" count twice since
// documents escape them. Together the texts of one statement stay below the
// 1,024 characters at which common platforms cut a property.
const (
	maxName = 120
	maxText = 400
	maxLink = 250
	maxKey  = 400 // of parts, whose references hold paths
)
