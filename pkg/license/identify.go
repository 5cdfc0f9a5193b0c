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

// maxMatches is how many matches of a text are returned. A file with more is a
// list of other people's licences.
const maxMatches = 500

// Identify says which licences a text is or holds.
//
// It asserts an Expression with care. The whole text of one licence must be
// there, word for word but for the variants that licensecheck allows; a text
// that was cut off, or that has another clause, is not it. Beside the licence
// there may be copyright lines, titles, addresses and very few other words.
// Licences that share one text get the identifier that says no more than the
// text does: the GNU licences the deprecated one without "only" and "or later".
//
// It takes a few hundredths of a second for a licence and less than a second
// for anything.
func Identify(data []byte) Identification {
	t, reason := decode(data)
	if reason != "" {
		return Identification{Reason: reason, Truncated: t.truncated}
	}
	id := conclude(t.string)
	id.Encoding, id.Truncated = t.encoding, t.truncated
	if t.truncated && id.Expression != "" {
		id.Expression, id.Reason = "", "longer than 1 MiB, of which the rest was not read"
	}
	for i := range id.Matches {
		m := &id.Matches[i]
		m.Start, m.End = t.place(m.Start), t.place(m.End)
	}
	return id
}
