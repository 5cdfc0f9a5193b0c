package codec

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// A receiver whose copy of the SPDX licence list is old refuses a document for
// one identifier that it does not know. [Options.ListVersion] writes those as
// names of our own, which everybody has to accept, and says where their text is:
//
//	OpenMDW-1.0                       LicenseRef-OpenMDW-1.0
//	OpenMDW-1.0+                      LicenseRef-OpenMDW-1.0-plus
//	MIT WITH Independent-exception    LicenseRef-MIT-WITH-Independent-exception
//
// The last is one name because an exception that is not on the list cannot be
// written at all in SPDX 2.3 (annex D). CycloneDX has the identifier itself as
// the licence's name; only its expressions have the LicenseRef.
const (
	refPrefix   = "LicenseRef-"
	refPlus     = "-plus"
	refWith     = "-WITH-"
	listAddress = "https://spdx.org/licenses/"
)

// asOf writes an expression as the list of an edition allows it.
func (e spdxExpression) asOf(list licenselist.Edition) spdxExpression {
	if list == licenselist.Newest {
		return e
	}
	tokens := strings.Fields(spaceParentheses(e.text))
	var out []string
	old := spdxExpression{compound: e.compound}
	for i := 0; i < len(tokens); i++ {
		simple := tokens[i : i+1]
		if i+2 < len(tokens) && tokens[i+1] == "WITH" {
			simple = tokens[i : i+3]
			i += 2
		}
		if !listed(simple, list) {
			simple = []string{standIn(simple)}
		}
		if strings.HasPrefix(simple[0], refPrefix) {
			old.refs = append(old.refs, simple[0])
		}
		out = append(out, simple...)
	}
	old.text = joinParentheses(out)
	return old
}

// listed reports whether the identifiers of one licence, perhaps WITH an
// exception, are on the list of an edition, as far as they are on any.
func listed(simple []string, list licenselist.Edition) bool {
	for _, id := range simple {
		id = strings.TrimSuffix(id, "+")
		if licenselist.Contains(id) && !list.Has(id) {
			return false
		}
	}
	return true
}

// standIn is the LicenseRef that is written for one licence.
func standIn(simple []string) string {
	name, later := strings.CutSuffix(strings.TrimPrefix(simple[0], refPrefix), "+")
	if later {
		name += refPlus
	}
	if len(simple) == 3 {
		name += refWith + simple[2]
	}
	return refPrefix + name
}

// standsFor undoes standIn: it tells what a LicenseRef could have been written
// for, and the addresses of the texts.
func standsFor(ref string) (simple string, addresses []string, ok bool) {
	name, ok := strings.CutPrefix(ref, refPrefix)
	if !ok {
		return "", nil, false
	}
	name, exception, with := strings.Cut(name, refWith)
	id, later := strings.CutSuffix(name, refPlus)
	if !licenselist.Contains(id) || licenselist.IsException(id) {
		if !with || later {
			return "", nil, false
		}
		simple = refPrefix + name // an own name WITH an exception
	} else {
		simple, addresses = id, []string{textAddress(id)}
	}
	if later {
		simple += "+"
	}
	if with {
		if !licenselist.Contains(exception) || !licenselist.IsException(exception) {
			return "", nil, false
		}
		simple, addresses = simple+" WITH "+exception, append(addresses, textAddress(exception))
	}
	return simple, addresses, true
}

// textAddress is where the text of a listed licence or exception stands.
func textAddress(id string) string { return listAddress + id + ".html" }

// relisted tells that a text in place of a licence is the one that stands for a
// listed one, by the addresses in it. A LicenseRef of another tool that happens
// to have such a name is not taken for it: its text is its own.
func relisted(ref, text string) (simple string, ok bool) {
	simple, addresses, ok := standsFor(ref)
	if !ok || !strings.HasPrefix(text, noLicenseText) {
		return "", false
	}
	for _, a := range addresses {
		if !strings.Contains(text, a) {
			return "", false
		}
	}
	return simple, true
}

// relist puts the listed identifiers back into an expression. standIns maps
// LicenseRefs to what they stand for.
func relist(expression string, standIns map[string]string) string {
	if len(standIns) == 0 || !strings.Contains(expression, refPrefix) {
		return expression
	}
	tokens, replaced := strings.Fields(spaceParentheses(expression)), false
	for i, t := range tokens {
		if simple, ok := standIns[t]; ok {
			tokens[i], replaced = simple, true
		}
	}
	if !replaced {
		return expression
	}
	return joinParentheses(tokens)
}

func spaceParentheses(s string) string {
	return strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)
}

func joinParentheses(tokens []string) string {
	return strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(tokens, " "))
}
