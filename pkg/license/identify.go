package license

// An Identification is what licences a text is or holds.
type Identification struct {
	// Expression is the licence that the text as a whole is. It is empty when
	// the text is none that is known, when it holds several, or when too much of
	// it lies outside of what was recognised; Reason then says which.
	Expression string
	Reason     string
	// Matches are what was recognised, in the order of their places. They do not
	// overlap.
	Matches []Match
	// Coverage is the share of the text's words that lie in matches, from 0 to
	// 1; copyright lines do not count.
	Coverage float64
	// Encoding is how the bytes were read: "utf-8", "utf-16le", "utf-16be",
	// "latin-1"; empty when they are no text.
	Encoding string
	// Truncated is set when only the first MaxText bytes were looked at.
	Truncated bool
}

// A Match is one licence that was recognised in a text.
type Match struct {
	Expression string // SPDX identifier or LicenseRef
	Kind       MatchKind
	Start, End int // bytes of the input
	// Coverage is the share of the licence's own words, or of the phrases that
	// tell it from others, that are there, from 0 to 1.
	Coverage float64
}

// A MatchKind is what a match is of.
type MatchKind string

// The kinds of matches.
const (
	MatchText      MatchKind = "text"      // the licence's text
	MatchNotice    MatchKind = "notice"    // a standard header that puts a work under it
	MatchPolicy    MatchKind = "policy"    // a use policy that belongs to the licence
	MatchTag       MatchKind = "tag"       // an SPDX-License-Identifier line
	MatchReference MatchKind = "reference" // an address or a title that points to it
)

// MaxText bounds what Identify looks at, in bytes. The longest licence of the
// SPDX list has 100 KB.
const MaxText = 1 << 20

// Identify says which licences a text is or holds.
func Identify(data []byte) Identification { return Identification{Reason: "nothing was recognised"} }
