package codec

import (
	"cmp"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// spdxPerson writes an organisation the way SPDX 2 wants it: "Name (email)".
func spdxPerson(o bom.Organization) string {
	name := spdxLine(cmp.Or(o.Name, o.URL))
	if email := spdxLine(o.Email); name != "" && email != "" && !strings.ContainsAny(email, "()") {
		return name + " (" + email + ")"
	}
	return cmp.Or(name, spdxLine(o.Email))
}

// agentType is the word of SPDX 2.3 (6.8, 7.5) for who an organisation is.
func agentType(o bom.Organization) string {
	if o.Person {
		return typePerson
	}
	return "Organization"
}

const typePerson = "Person"

// readPerson undoes agentType and spdxPerson. Many writers leave empty
// parentheses when there is no address.
func readPerson(kind, s string) bom.Organization {
	s = strings.TrimSpace(s)
	person := kind == typePerson
	if rest, ok := strings.CutSuffix(s, ")"); ok {
		if i := strings.LastIndex(rest, " ("); i > 0 && (i+2 == len(rest) || strings.Contains(rest[i:], "@")) {
			return bom.Organization{Name: strings.TrimSpace(rest[:i]), Email: rest[i+2:], Person: person}
		}
	}
	return bom.Organization{Name: s, Person: person}
}

// spdxTool writes a tool as "name-version", SPDX's convention.
func spdxTool(t bom.Tool) string {
	name := spdxLine(cmp.Or(t.Name, t.Vendor))
	if version := spdxLine(t.Version); version != "" {
		name += "-" + version
	}
	return name
}

// readTool undoes spdxTool: a version is what stands behind the first "-" with
// a digit, or "v" and a digit, after it.
func readTool(s string) bom.Tool {
	s = strings.TrimSpace(s)
	for i := 1; i < len(s)-1; i++ {
		if version := s[i+1:]; s[i] == '-' && startsWithNumber(strings.TrimPrefix(version, "v")) {
			return bom.Tool{Name: s[:i], Version: version}
		}
	}
	return bom.Tool{Name: s}
}

func startsWithNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// ownTool names the program that an annotation is by: modelbom with the version
// that the document says, or whatever made the document.
func ownTool(d *bom.Document) string {
	for _, t := range d.Tools {
		if t.Name == "modelbom" {
			return spdxTool(t)
		}
	}
	return "modelbom"
}
