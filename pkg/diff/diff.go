// Package diff tells what changed between two bills of materials of a model, in
// the words of somebody who has to approve the new one: which parts are the
// same, which were trained on, which were replaced, whose weights came in, which
// licence changed, what got riskier.
//
// [Documents] is pure: it reads two documents and what the caller knows of their
// fingerprints, and returns [Changes]. It has three steps:
//
//   - The components of the two documents are matched (match.go): by reference,
//     package URL, role, digest and name, in that order. [Changes.Matches] says
//     which were matched by what.
//   - Each pair is compared fact by fact, and what stands alone was added or
//     removed (weights.go, tokenizer.go, licence.go, origin.go and so on).
//   - Consequences are folded into their cause (fold.go): training a part on
//     changes its digest, its files and the model's totals, and is one [Change]
//     with details. A cause that shows at several components, such as the card's
//     licence, is one Change that names them all.
//
// What is no change of the model is a [Note]: the time, tool, serial number and
// format of a document, other wording of the same fact, what one format or
// another tool cannot say. A caller shows notes when asked for them.
//
// Documents need not be valid. References that are used twice or point nowhere,
// cycles and strings of any length are the input of a stranger and cost no more
// than their size; texts made here are clean ([bom.Clean]) and short.
//
// docs/diff.md describes the kinds of changes and the order of matching for
// readers of a diff.
package diff

import (
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Options are what the documents themselves do not hold. The zero value works.
type Options struct {
	// Weights compares the weights of two parts whose digests differ, from the
	// fingerprints of the two rounds; nil when there are none. It is called at
	// most once for each pair of parts that was matched. ok is false when it
	// cannot tell.
	Weights func(old, new bom.Ref) (w WeightChange, ok bool)
	// Tokenizers is the same for two tokenizers.
	Tokenizers func(old, new bom.Ref) (t TokenizerChange, ok bool)
}

// Changes is what changed between two documents.
type Changes struct {
	Old, New Side
	// Summary is one line for people: what a reviewer must know first.
	Summary string
	// Different is set when the documents seem to be about different models, so
	// that the changes are differences and no history.
	Different bool
	// Changes are in the order in which a reviewer needs them; empty when
	// nothing changed.
	Changes []Change
	// Matches are the pairs of the subject, of parts, datasets and upstreams, and
	// of other components that were matched by something else than their
	// reference: files that keep their path are left out.
	Matches []Match
	// Notes are differences that are no changes of the model.
	Notes []Note
}

// Empty reports whether nothing changed. Notes do not count.
func (c *Changes) Empty() bool { return len(c.Changes) == 0 }

// A Side is one of the two documents.
type Side struct {
	Subject bom.Ref
	// Name is the model's, with its group; Version and PURL as the document has
	// them.
	Name, Version, PURL string
	// Format is "name@version" of the file that the document was read from,
	// Tools are "name version" of the programs that made it, Created is zero
	// when it does not tell.
	Format  string
	Tools   []string
	Created time.Time
	// Components is the number of components, Parts how many of them are parts.
	Components, Parts int
}

// A Change is one thing that changed, with all that follows from it.
type Change struct {
	Kind       Kind
	Importance Importance
	// Old and New are the component in the two documents; empty where it is not
	// there, as for what was added or removed. Both are empty when the change is
	// about the document as a whole.
	Old, New bom.Ref
	// Also are further components at which the same cause shows.
	Also []Pair
	// Name is what people call the component: "language-model", a path, an
	// upstream's name. It is clean and short.
	Name string
	// Before and After are the two states in a few words; empty where there is
	// none.
	Before, After string
	// Text is one sentence that can be quoted alone.
	Text string
	// Weights and Tokenizer are set when fingerprints told more.
	Weights   *WeightChange
	Tokenizer *TokenizerChange
	// Details are what belongs to the change and is not reported on its own:
	// files, sizes, configuration values. Each is a line for people.
	Details []string
}

// A Pair is one component in the two documents; a side is empty where it is not
// there.
type Pair struct {
	Old, New bom.Ref
}

// A WeightChange is how the weights of a part in the new document relate to
// those in the old one.
type WeightChange struct {
	// Verdict is in the words of origins, the old part being the reference.
	Verdict  bom.Verdict
	Strength bom.Strength
	// Distance is how far the weights moved, relative to the old ones (0.01 is
	// one per cent); Frozen the share of bytes that did not move. Both are NaN
	// when not known.
	Distance, Frozen float64
	// Sentence states it in words that can be quoted, Limits what it does not
	// show.
	Sentence, Limits string
	Layers           []LayerChange
}

// A LayerChange is how one layer of the new part relates to the layer of the old
// one that it continues.
type LayerChange struct {
	Old, New int // -1: none
	// Agreement is the share of equal signs (chance 0.5), Frozen the share of
	// unchanged bytes, Distance relative. NaN when not known.
	Agreement, Frozen, Distance float64
}

// A TokenizerChange is how the tokenizer in the new document relates to the one
// in the old document.
type TokenizerChange struct {
	// Relation is one of the constants below.
	Relation string
	// Added and Removed count tokens; -1 when not known.
	Added, Removed int
	Sentence       string
}

// The relations of tokenizers.
const (
	TokensSame     = "same tokens" // the same tokens with the same ids
	TokensExtended = "extended"    // the old tokens kept their ids, others were added
	TokensReduced  = "reduced"     // the tokens that are left kept their ids
	TokensReplaced = "replaced"
	TokensOverlap  = "overlaps" // many tokens are common, not in their places
)

// A Match is two components that are taken for the same thing, and why.
type Match struct {
	Old, New bom.Ref
	Name     string // of the new component, as in Change
	By       Basis
	// Changed is set when a Change is about this pair.
	Changed bool
}

// A Basis is what two components were matched by.
type Basis string

// The bases, in the order in which they are tried.
const (
	BySubject Basis = "subject" // what the two documents are about
	ByRef     Basis = "ref"     // equal references
	ByPURL    Basis = "purl"    // equal package URLs, else equal ones without version
	ByRole    Basis = "role"    // parts of equal role and qualifier
	ByDigest  Basis = "digest"  // equal weights digest, or equal file digest
	ByName    Basis = "name"    // equal group and name
	ByOnly    Basis = "only"    // the only part of its role that is left on either side
)

// A Note is a difference between the documents that is no change of the model.
type Note struct {
	Kind NoteKind
	Text string
}

// A NoteKind is what a note is about.
type NoteKind string

// The kinds of notes.
const (
	NoteDocument NoteKind = "document" // serial number, time, format, phase, authors
	NoteTool     NoteKind = "tool"     // programs and their versions
	NoteInput    NoteKind = "input"    // catalogues, indexes, facts: what conclusions rest on
	NoteWording  NoteKind = "wording"  // the same fact in other words
	NoteEvidence NoteKind = "evidence" // the same fact seen at another place, or searched for again
	NoteLoss     NoteKind = "loss"     // what the format of one document cannot say
	NoteUnstated NoteKind = "unstated" // what only one of two tools writes down
	NoteInvalid  NoteKind = "invalid"  // duplicate and dangling references
)
