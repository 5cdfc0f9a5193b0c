package codec

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// maxLicenseDepth bounds the nesting of licence sets that is followed: each
// level costs a reference, and references can form a circle.
const maxLicenseDepth = 16

// A spdx3Licenses value writes licence elements as expressions. Other tools
// describe "A AND B" as a set with members.
type spdx3Licenses struct {
	objects map[string]spdx3Object
	steps   int // bounds the work where sets share members
}

// licence reads the licence element with an identifier, each one once: a
// million files can name the same one.
func (r *spdx3Reader) licence(id string, ack bom.Acknowledgement) []bom.License {
	list, ok := r.licences[id]
	if !ok {
		list = r.readLicence(id)
		r.licences[id] = list
	}
	list = slices.Clone(list)
	for i := range list {
		list[i].Acknowledgement = ack
	}
	return list
}

func (r *spdx3Reader) readLicence(id string) []bom.License {
	l := spdx3Licenses{objects: r.objects, steps: maxExpression}
	text, ok := l.text(id, 0)
	if !ok {
		r.lose("licence", "%q cannot be written as an expression", id)
		return nil
	}
	text = relist(text, r.listed)
	list := readLicense(text, "")
	if len(list) == 1 && list[0].Expression == text {
		list[0].Name = r.licenseNames[text]
	}
	return list
}

func (l *spdx3Licenses) text(id string, depth int) (string, bool) {
	if l.steps--; l.steps < 0 || depth > maxLicenseDepth {
		return "", false
	}
	switch lastSegment(id) {
	case "NoAssertionLicense", "expandedlicensing_NoAssertionLicense":
		return spdxNoAssertion, true
	case "NoneLicense", "expandedlicensing_NoneLicense":
		return spdxNone, true
	}
	o, ok := l.objects[id]
	if !ok {
		_, name, listed := strings.Cut(id, "spdx.org/licenses/")
		return name, listed && name != ""
	}
	field := func(key string) []string { return plainStrings(o[key]) } // kept: it may be read again
	switch class := plainClass(o); class {
	case "simplelicensing_LicenseExpression":
		return strings.Join(field("simplelicensing_licenseExpression"), ""), true
	case "expandedlicensing_ListedLicense", "expandedlicensing_ListedLicenseException":
		return lastSegment(id), true
	case "expandedlicensing_CustomLicense", "simplelicensing_SimpleLicensingText", "expandedlicensing_CustomLicenseAddition":
		return licenseRefName(id), true
	case "expandedlicensing_ConjunctiveLicenseSet":
		return l.join(field("expandedlicensing_member"), " AND ", depth)
	case "expandedlicensing_DisjunctiveLicenseSet":
		return l.join(field("expandedlicensing_member"), " OR ", depth)
	case "expandedlicensing_OrLaterOperator":
		license, ok := l.join(field("expandedlicensing_subjectLicense"), "", depth)
		return license + "+", ok
	case "expandedlicensing_WithAdditionOperator":
		license, ok1 := l.join(field("expandedlicensing_subjectExtendableLicense"), "", depth)
		addition, ok2 := l.join(field("expandedlicensing_subjectAddition"), "", depth)
		return license + " WITH " + addition, ok1 && ok2
	}
	return "", false
}

func (l *spdx3Licenses) join(members []string, operator string, depth int) (string, bool) {
	if len(members) == 0 || operator == "" && len(members) != 1 {
		return "", false
	}
	texts := make([]string, 0, min(len(members), maxExpression))
	length := 0
	for _, m := range members {
		text, ok := l.text(m, depth+1)
		if length += len(text) + len(operator) + 2; !ok || length > maxExpression {
			return "", false
		}
		if operator != "" && (strings.Contains(text, " AND ") || strings.Contains(text, " OR ")) {
			text = "(" + text + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, operator), true
}

// licenseRefName makes a LicenseRef of the identifier of a licence text.
func licenseRefName(id string) string {
	name := strings.Map(func(r rune) rune {
		if notIDChar(r) {
			return '-'
		}
		return r
	}, lastSegment(id))
	if !strings.HasPrefix(name, "LicenseRef-") {
		name = "LicenseRef-" + name
	}
	return name
}
