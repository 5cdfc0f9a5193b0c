package license

import "strings"

// notSPDX are the names of licensecheck's patterns that are not used as they
// are; an empty one is not used at all. Licences that the SPDX list does not have
// get a LicenseRef, so that a text which has one is seen not to be another.
//
// The patterns HPND and HPND-sell-variant are all alternatives and match a dozen
// licences that have identifiers of their own: metamail, dtoa, HPND-export-US,
// MIT-open-group.
var notSPDX = map[string]string{
	"HPND":                     "",
	"HPND-sell-variant":        "",
	"Aladdin-9":                "LicenseRef-aladdin-9",
	"Anti996":                  "LicenseRef-anti-996",
	"BSD-1-Clause-Clear":       "LicenseRef-bsd-1-clause-clear",
	"BSD-3-Clause-NoTrademark": "LicenseRef-bsd-3-clause-no-trademark",
	"CC-BY-NC-SA-3.0-US":       "LicenseRef-cc-by-nc-sa-3.0-us",
	"CommonsClause":            "LicenseRef-commons-clause",
	"GooglePatentClause":       "LicenseRef-google-patents",
	"GooglePatentsFile":        "LicenseRef-google-patents",
	"Prosperity-3.0.0":         "LicenseRef-prosperity-3.0.0",
	"GPL-2.0-or-3.0":           "GPL-2.0-only OR GPL-3.0-only", // a header that says so
	"MIT-NoAd":                 "X11-swapped",                  // clause by clause the same
}

// minWords is how many words a match needs where a pattern leaves half of the
// licence away. The SPDX identifier OpenSSL is of two licences, and the first of
// them, of 343 words, has an identifier of its own.
var minWords = map[string]int{"OpenSSL": 600}

// kindOf says what a stretch of text is that a pattern matched. It reports false
// if it is to be left out.
func kindOf(pattern int, s string) (Match, bool) {
	id := patterns()[pattern].ID
	m := Match{Expression: id, Kind: MatchText, Coverage: 1}
	if other, listed := notSPDX[id]; listed {
		m.Expression = other
	}
	n := countWords(s)
	if isHeader(id) || n < gramsOfPatterns().noticeWords(pattern) {
		m.Kind = MatchNotice
	}
	return m, m.Expression != "" && n >= minWords[id]
}

// isHeader reports whether a pattern is of the lines that put a work under a
// licence. Of the GNU licences these have other identifiers than the texts,
// since "only" and "or later" are said by them alone.
func isHeader(id string) bool {
	return strings.HasSuffix(id, "-only") || strings.HasSuffix(id, "-or-later") || id == "GPL-2.0-or-3.0" ||
		id == "MPL-2.0-no-copyleft-exception"
}

// noticeWords is below how many words a match of the pattern is a notice: half
// of its longest form, if it has several. The notices have a tenth at most.
func (t *gramTable) noticeWords(pattern int) int {
	forms, longest := 0, 0
	for _, f := range t.forms {
		if f.pattern == pattern {
			forms++
			longest = max(longest, f.words)
		}
	}
	if forms < 2 {
		return 0
	}
	return longest / 2
}

// countWords counts words as licensecheck has them.
func countWords(s string) int {
	n := 0
	for {
		_, start, end := nextWord(s)
		if start == end {
			return n
		}
		n++
		s = s[end:]
	}
}
