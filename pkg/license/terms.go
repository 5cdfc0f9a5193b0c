package license

// A Class is what a licence allows in one word, for policies and reports. It is
// not legal advice.
type Class string

// The classes, the least restrictive first.
const (
	ClassPermissive    Class = "permissive"
	ClassCopyleft      Class = "copyleft"
	ClassUseRestricted Class = "open-with-use-restrictions"
	ClassCommunity     Class = "community-with-conditions"
	ClassNonCommercial Class = "research-or-non-commercial"
	ClassProprietary   Class = "proprietary"
	ClassUnknown       Class = "unknown"
)

// ClassOf returns the class of an expression: of AND the most restrictive, of OR
// the least.
func ClassOf(expression string) Class { return ClassUnknown }

// A TermKind is what sort of thing a licence asks.
type TermKind string

// The kinds of terms.
const (
	TermAttribution     TermKind = "attribution"      // credit or a phrase must be displayed
	TermNotice          TermKind = "notice"           // licence text and notices must go along
	TermNaming          TermKind = "naming"           // names of derivatives
	TermUseRestrictions TermKind = "use-restrictions" // a use policy binds, and is passed on
	TermThreshold       TermKind = "threshold"        // beyond a number of users or revenue another licence is needed
	TermNonCommercial   TermKind = "non-commercial"   // no commercial use, or research only
	TermShareAlike      TermKind = "share-alike"      // derivatives under the same licence
	TermTerritory       TermKind = "territory"        // not granted in some places
	TermNoTraining      TermKind = "no-training"      // outputs may not train other models
	TermRevocation      TermKind = "revocation"       // can be ended or changed by the licensor
)

// A Term is one thing that a licence asks of those who pass on a model or make
// one from it.
type Term struct {
	License string // the licence it is of
	Kind    TermKind
	Text    string // in a few words, fit to follow "which asks"
	Clause  string // where the licence says so, "section 1.b.i"
	// Value is what can be checked: the beginning of a name, a phrase that must
	// be displayed, a number of users. Empty where nothing can.
	Value string
}

// Terms returns what the licences of an expression ask, sorted by licence and kind.
func Terms(expression string) []Term { return nil }

// Conflicts returns the terms of an upstream's licence that a work made from it
// cannot be rid of and that its declared licence does not keep.
func Conflicts(declared, upstream string) []Term { return nil }
