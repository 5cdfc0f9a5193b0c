package codec

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// Properties of a native licence: the file of the repository that holds its
// text, and the digest of that file, "sha256:...". CycloneDX has a place for the
// text itself and for an address, and none for a file that lies beside.
const (
	propTextPath   = prefix + "license:path"
	propTextDigest = prefix + "license:digest"
)

// licenses are the native forms of a component's licences. A licence that was
// found and not weighed belongs into the evidence, beside those that count;
// where nothing else is known it stays in the list itself, which is the only
// one that most readers look at.
func (w *cdxWriter) licenses(licenses []bom.License) (list, found cdx.Licenses) {
	weighed := false
	for _, l := range licenses {
		weighed = weighed || l.Acknowledgement != ""
	}
	var in, beside []bom.License
	for _, l := range licenses {
		if weighed && l.Acknowledgement == "" {
			beside = append(beside, l)
		} else {
			in = append(in, l)
		}
	}
	return w.licenseList(in), w.licenseList(beside)
}

// licenseList writes compound expressions as expressions where the version
// allows it: 1.6 has either one expression or a list of licences, 1.7 has mixed
// lists. Elsewhere the expression becomes the licence's name.
func (w *cdxWriter) licenseList(licenses []bom.License) cdx.Licenses {
	var out cdx.Licenses
	mixed := w.spec >= cdx.SpecVersion1_7 || len(licenses) == 1
	for _, l := range licenses {
		if mixed && l.URL == "" && cdxExpression(l.Expression) {
			out = append(out, w.licenseExpression(l))
		} else if x := w.license(l); x != nil {
			out = append(out, cdx.LicenseChoice{License: x})
		}
	}
	return out
}

// cdxExpression reports whether an expression is more than one name.
func cdxExpression(s string) bool {
	_, listed := licenselist.License(s)
	return strings.ContainsAny(s, " ()") || strings.HasSuffix(s, "+") && !listed
}

func (w *cdxWriter) licenseExpression(l bom.License) cdx.LicenseChoice {
	choice := cdx.LicenseChoice{Expression: l.Expression}
	if ack := cdxAcknowledgement(l.Acknowledgement); ack != "" {
		choice.Acknowledgement = &ack
	}
	if e, ok := parseExpression(l.Expression); ok {
		e = e.asOf(w.list)
		choice.Expression, choice.ExpressionDetails = e.text, w.expressionDetails(e.refs)
	}
	return choice
}

// expressionDetails says where the texts of listed licences are that others
// stand for. Only 1.7 can.
func (w *cdxWriter) expressionDetails(refs []string) *[]cdx.LicenseExpressionDetail {
	var out []cdx.LicenseExpressionDetail
	if w.spec < cdx.SpecVersion1_7 {
		return nil
	}
	for _, ref := range slices.Compact(slices.Sorted(slices.Values(refs))) {
		simple, addresses, ok := standsFor(ref)
		if !ok || listed(strings.Fields(simple), w.list) {
			continue
		}
		for _, a := range addresses {
			out = append(out, cdx.LicenseExpressionDetail{LicenseIdentifier: ref, URL: a})
		}
	}
	return list(out)
}

// license is a licence as an object, nil when it has neither name nor place.
func (w *cdxWriter) license(l bom.License) *cdx.License {
	x := &cdx.License{Acknowledgement: cdxAcknowledgement(l.Acknowledgement), Properties: w.licenseText(l.Path)}
	id, listed := licenselist.License(l.Expression)
	switch {
	case listed && w.list.Has(id):
		x.ID = id
	case listed:
		x.Name, x.URL = id, textAddress(id)
	default:
		if x.Name = cmp.Or(l.Expression, l.Name, l.URL, l.Path); x.Name == "" {
			return nil
		}
	}
	if cdxURL(l.URL) {
		x.URL = l.URL
	}
	return x
}

// licenseText says which file holds the text of a licence.
func (w *cdxWriter) licenseText(path string) *[]cdx.Property {
	if path == "" || len(path) > maxPropertyValue {
		return nil
	}
	props := []cdx.Property{{Name: propTextPath, Value: path}}
	if digest := w.texts[path]; digest != "" {
		props = append(props, cdx.Property{Name: propTextDigest, Value: digest})
	}
	return &props
}

func cdxAcknowledgement(a bom.Acknowledgement) cdx.LicenseAcknowledgement {
	if a == bom.Declared || a == bom.Concluded {
		return cdx.LicenseAcknowledgement(a)
	}
	return ""
}

// bomLicenses reads native licences. A name that is an identifier, or an
// expression, is one.
func bomLicenses(lists ...cdx.Licenses) []bom.License {
	var out []bom.License
	for _, list := range lists {
		for _, choice := range list {
			l := bom.License{Expression: relist(choice.Expression, relistedDetails(items(choice.ExpressionDetails)))}
			if choice.Acknowledgement != nil {
				l.Acknowledgement = bom.Acknowledgement(*choice.Acknowledgement)
			}
			if x := choice.License; x != nil {
				l = bomLicense(x)
			}
			if l.Expression != "" || l.Name != "" || l.URL != "" || l.Path != "" {
				out = append(out, l)
			}
		}
	}
	return out
}

func bomLicense(x *cdx.License) bom.License {
	l := bom.License{URL: x.URL, Acknowledgement: bom.Acknowledgement(x.Acknowledgement)}
	for _, p := range items(x.Properties) {
		if p.Name == propTextPath {
			l.Path = p.Value
		}
	}
	id, listed := licenselist.License(cmp.Or(x.ID, x.Name))
	e, isExpression := parseExpression(x.Name)
	switch {
	case listed:
		l.Expression = id
		if x.Name != id {
			l.Name = x.Name
		}
		if x.ID == "" && x.URL == textAddress(id) { // written for a list without it
			l.URL = ""
		}
	case strings.HasPrefix(x.Name, refPrefix) && !strings.Contains(x.Name, " "):
		l.Expression = x.Name
	case isExpression:
		l.Expression = e.text
		if x.Name != e.text {
			l.Name = x.Name
		}
	case x.ID == "" && x.Name == l.Path: // nothing else was known
	default:
		l.Name = cmp.Or(x.Name, x.ID)
	}
	return l
}

// relistedDetails finds the LicenseRefs of an expression that were written for
// listed licences.
func relistedDetails(details []cdx.LicenseExpressionDetail) map[string]string {
	texts := map[string]string{}
	for _, d := range details {
		texts[d.LicenseIdentifier] += " " + d.URL
	}
	standIns := map[string]string{}
	for ref, urls := range texts {
		if simple, ok := relisted(ref, noLicenseText+urls); ok {
			standIns[ref] = simple
		}
	}
	return standIns
}

// sameLicenses reports whether the native forms give everything back.
func sameLicenses(c *bom.Component, list, found cdx.Licenses) bool {
	read := bom.Document{Components: []bom.Component{{Licenses: bomLicenses(list, found)}}}
	read.Normalize()
	return len(c.Licenses) == 0 || reflect.DeepEqual(read.Components[0].Licenses, c.Licenses)
}
