package codec

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// maxExpression bounds a licence expression, in bytes. The longest that occur,
// for whole distributions, are a few hundred bytes; the fields of SPDX state no
// limit.
const maxExpression = 4 << 10

// The words of SPDX for a licence that nothing is said about, and for none.
const (
	spdxNoAssertion = "NOASSERTION"
	spdxNone        = "NONE"
)

// An spdxExpression is a checked licence expression.
type spdxExpression struct {
	text     string   // in the list's spelling, with single spaces
	refs     []string // the LicenseRef names in it, in order of appearance
	compound bool     // has an AND or OR
}

// parseExpression checks an expression against the grammar of SPDX 2.3, annex
// D, and every name in it against the licence list. References into other
// documents are refused: there is no such document. It keeps no stack, only
// the depth of parentheses, so that nesting costs nothing.
func parseExpression(s string) (spdxExpression, bool) {
	var e spdxExpression
	if len(s) > maxExpression {
		return e, false
	}
	depth, operand := 0, false // operand: one has just ended
	with := false              // an exception may follow
	tokens := strings.Fields(spaceParentheses(s))
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t == "(":
			if operand {
				return e, false
			}
			depth++
		case t == ")":
			if !operand || depth == 0 {
				return e, false
			}
			depth, with = depth-1, false
		case t == "AND" || t == "OR":
			if !operand {
				return e, false
			}
			operand, with, e.compound = false, false, true
		case t == "WITH":
			if !with || i+1 == len(tokens) {
				return e, false
			}
			exception, ok := licenselist.Exception(tokens[i+1])
			if !ok {
				return e, false
			}
			i, with = i+1, false
			tokens[i] = exception
		default:
			id, ok := e.operand(t)
			if operand || !ok {
				return e, false
			}
			tokens[i], operand, with = id, true, true
		}
	}
	e.text = joinParentheses(tokens)
	return e, operand && depth == 0
}

// operand checks a single licence and spells it as the list does.
func (e *spdxExpression) operand(t string) (string, bool) {
	if name, ok := strings.CutPrefix(t, "LicenseRef-"); ok {
		if name == "" || strings.ContainsFunc(name, notIDChar) {
			return "", false
		}
		e.refs = append(e.refs, t)
		return t, true
	}
	id, later := strings.CutSuffix(t, "+")
	id, ok := licenselist.License(id)
	if later {
		id += "+"
	}
	return id, ok
}

// notIDChar tells the characters that no SPDX identifier may have (SPDX 2.3,
// annex D.3: letters, digits, "." and "-").
func notIDChar(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-')
}

// spdxLicenses is what SPDX has its own fields for.
type spdxLicenses struct {
	declared, concluded string
	// whole is set when the fields say all that the document says. Otherwise
	// the licences are written as properties too.
	whole bool
}

func nativeLicenses(list []bom.License, listing licenselist.Edition) spdxLicenses {
	n := spdxLicenses{
		declared:  combineLicenses(list, bom.Declared, listing),
		concluded: combineLicenses(list, bom.Concluded, listing),
	}
	read := slices.Concat(readLicense(n.concluded, bom.Concluded), readLicense(n.declared, bom.Declared)) // Normalize's order
	n.whole = slices.EqualFunc(read, list, func(a, b bom.License) bool {
		e, _ := parseExpression(b.Expression)
		return equalLicense(a, b) && len(e.refs) == 0
	})
	return n
}

func equalLicense(a, b bom.License) bool {
	return a.Expression == b.Expression && a.Name == b.Name && a.URL == b.URL && a.Path == b.Path &&
		a.Acknowledgement == b.Acknowledgement && len(a.Evidence) == 0 && len(b.Evidence) == 0
}

// readLicense reads a licence field. What is no valid expression, in documents
// of others, is kept as a name.
func readLicense(field string, ack bom.Acknowledgement) []bom.License {
	switch field {
	case "", spdxNoAssertion:
		return nil
	case spdxNone:
		return []bom.License{{Name: spdxNone, Acknowledgement: ack}}
	}
	if _, ok := parseExpression(field); !ok {
		return []bom.License{{Name: field, Acknowledgement: ack}}
	}
	return []bom.License{{Expression: field, Acknowledgement: ack}}
}

// combineLicenses makes one expression of all statements with one
// acknowledgement. Different statements all count, so they are joined with
// AND. As soon as one of them is not a valid expression the whole is
// NOASSERTION: half of what somebody stated would misstate it.
func combineLicenses(list []bom.License, ack bom.Acknowledgement, listing licenselist.Edition) string {
	var parts []spdxExpression
	for _, l := range list {
		if l.Acknowledgement != ack {
			continue
		}
		if l.Expression == "" && l.Name == spdxNone {
			parts = append(parts, spdxExpression{text: spdxNone})
			continue
		}
		e, ok := parseExpression(l.Expression)
		if !ok {
			return spdxNoAssertion
		}
		if e = e.asOf(listing); len(e.text) > maxExpression {
			return spdxNoAssertion
		}
		parts = append(parts, e)
	}
	slices.SortStableFunc(parts, func(a, b spdxExpression) int { return cmp.Compare(a.text, b.text) })
	parts = slices.CompactFunc(parts, func(a, b spdxExpression) bool { return a.text == b.text })
	switch len(parts) {
	case 0:
		return spdxNoAssertion
	case 1:
		return parts[0].text
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		if texts[i] = p.text; p.compound {
			texts[i] = "(" + p.text + ")"
		}
	}
	e, ok := parseExpression(strings.Join(texts, " AND ")) // too long, or a NONE in it
	if !ok {
		return spdxNoAssertion
	}
	return e.text
}

// foundLicenses are the single licences that were found in a file and not
// weighed, for the field that lists them.
func foundLicenses(list []bom.License, listing licenselist.Edition) []string {
	var ids []string
	for _, l := range list {
		if e, ok := parseExpression(l.Expression); ok && l.Acknowledgement == "" && !e.compound {
			ids = append(ids, e.asOf(listing).text)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// foundComment names the licences of a package that nobody says to be declared
// or concluded, as in most documents of other tools. SPDX 2.3 has a field for
// them only where the package's files were analysed (clause 7.14).
func foundComment(list []bom.License) string {
	var names []string
	for _, l := range list {
		if name := cmp.Or(l.Expression, l.Name, l.URL); l.Acknowledgement == "" && name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Found, neither declared nor concluded: " + strings.Join(names, "; ")
}

// An spdxLicenseRef is a licence that is not on the list.
type spdxLicenseRef struct {
	id, name string
	urls     []string
	paths    []string // with the digest of the file, where it is known
	listed   bool     // it stands for a licence that the receiver's list lacks
}

// noLicenseText opens the text of a LicenseRef. SPDX must have a text; this
// sentence is honest about not having it, and tells our own documents.
const noLicenseText = "The text was not included."

func (r spdxLicenseRef) text() string {
	where := append(slices.Clone(r.paths), r.urls...)
	if len(where) == 0 {
		return noLicenseText
	}
	return noLicenseText + " See " + strings.Join(where, " and ")
}

// maxLicensePlaces bounds the places that are named for one LicenseRef: a
// repository can hold its licence text in thousands of folders.
const maxLicensePlaces = 10

// licenseRefs collects the LicenseRefs of a document, sorted, with what is
// known of each from statements about it alone. Those that stand for a listed
// licence lead to its text.
func licenseRefs(d *bom.Document, listing licenselist.Edition) []spdxLicenseRef {
	found, digests := map[string]*spdxLicenseRef{}, textDigests(d)
	for i := range d.Components {
		for _, l := range d.Components[i].Licenses {
			e, ok := parseExpression(l.Expression)
			if !ok {
				continue
			}
			e = e.asOf(listing)
			for _, id := range e.refs {
				r := found[id]
				if r == nil {
					r = newLicenseRef(id, listing)
					found[id] = r
				}
				if e.text == id {
					r.learn(l, digests)
				}
			}
		}
	}
	var out []spdxLicenseRef
	for _, id := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[id])
	}
	return out
}

func newLicenseRef(id string, listing licenselist.Edition) *spdxLicenseRef {
	r := &spdxLicenseRef{id: id}
	if simple, addresses, ok := standsFor(id); ok && !listed(strings.Fields(simple), listing) {
		r.name, r.urls, r.listed = simple, addresses, true
	}
	return r
}

func (r *spdxLicenseRef) learn(l bom.License, digests map[string]string) {
	name, path := spdxLine(l.Name), spdxLine(l.Path)
	if digest := digests[l.Path]; path != "" && digest != "" {
		path += " (" + digest + ")"
	}
	r.paths = addPlace(r.paths, path)
	if r.listed {
		return
	}
	if name != "" && (r.name == "" || name < r.name) {
		r.name = name
	}
	r.urls = addPlace(r.urls, spdxURL(l.URL))
}

// addPlace keeps the smallest places, sorted, so that the order in which
// components come does not matter.
func addPlace(list []string, s string) []string {
	i, found := slices.BinarySearch(list, s)
	if s == "" || found {
		return list
	}
	list = slices.Insert(list, i, s)
	return list[:min(len(list), maxLicensePlaces)]
}

// textDigests are the digests of the files that licences name as their texts, by
// path: "sha256:...". The texts are not in the document; the digest tells which
// ones were there.
func textDigests(d *bom.Document) map[string]string {
	wanted := map[bom.Ref]string{}
	for i := range d.Components {
		for _, l := range d.Components[i].Licenses {
			if l.Path != "" {
				wanted[bom.Ref("file:"+l.Path)] = l.Path
			}
		}
	}
	digests := make(map[string]string, len(wanted))
	for i := range d.Components {
		path, ok := wanted[d.Components[i].Ref]
		if !ok {
			continue
		}
		for _, h := range d.Components[i].Hashes { // a computed digest counts more than a stated one
			if word, _ := hashWords(h); word == "SHA256" && (digests[path] == "" || !h.Asserted) {
				digests[path] = "sha256:" + h.Value
			}
		}
	}
	return digests
}
