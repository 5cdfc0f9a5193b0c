package codec

import (
	"cmp"
	"reflect"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/licenselist"
)

// cdxLicenses are the native forms of a component's licences. A licence that
// was found and not weighed belongs into the evidence, beside those that count;
// where nothing else is known it stays in the list itself, which is the only
// one that most readers look at.
func cdxLicenses(licenses []bom.License, v cdx.SpecVersion) (list, found cdx.Licenses) {
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
	return cdxLicenseList(in, v), cdxLicenseList(beside, v)
}

// cdxLicenseList writes compound expressions as expressions where the version
// allows it: 1.6 has either one expression or a list of licences, 1.7 has mixed
// lists. Elsewhere the expression becomes the licence's name.
func cdxLicenseList(licenses []bom.License, v cdx.SpecVersion) cdx.Licenses {
	var out cdx.Licenses
	mixed := v >= cdx.SpecVersion1_7 || len(licenses) == 1
	for _, l := range licenses {
		if mixed && l.URL == "" && strings.ContainsAny(l.Expression, " ()") {
			choice := cdx.LicenseChoice{Expression: l.Expression}
			if ack := cdxAcknowledgement(l.Acknowledgement); ack != "" {
				choice.Acknowledgement = &ack
			}
			out = append(out, choice)
			continue
		}
		if x := cdxLicense(l); x != nil {
			out = append(out, cdx.LicenseChoice{License: x})
		}
	}
	return out
}

// cdxLicense is a licence as an object, nil when it has neither name nor place.
func cdxLicense(l bom.License) *cdx.License {
	x := &cdx.License{Acknowledgement: cdxAcknowledgement(l.Acknowledgement)}
	if id, ok := licenselist.License(l.Expression); ok && id == l.Expression {
		x.ID = l.Expression
	} else if x.Name = cmp.Or(l.Expression, l.Name, l.URL, l.Path); x.Name == "" {
		return nil
	}
	if cdxURL(l.URL) {
		x.URL = l.URL
	}
	return x
}

func cdxAcknowledgement(a bom.Acknowledgement) cdx.LicenseAcknowledgement {
	if a == bom.Declared || a == bom.Concluded {
		return cdx.LicenseAcknowledgement(a)
	}
	return ""
}

// bomLicenses reads native licences. A name that is an identifier is one.
func bomLicenses(lists ...cdx.Licenses) []bom.License {
	var out []bom.License
	for _, list := range lists {
		for _, choice := range list {
			l := bom.License{Expression: choice.Expression}
			if choice.Acknowledgement != nil {
				l.Acknowledgement = bom.Acknowledgement(*choice.Acknowledgement)
			}
			if x := choice.License; x != nil {
				l = bomLicense(x)
			}
			if l.Expression != "" || l.Name != "" || l.URL != "" {
				out = append(out, l)
			}
		}
	}
	return out
}

func bomLicense(x *cdx.License) bom.License {
	l := bom.License{URL: x.URL, Acknowledgement: bom.Acknowledgement(x.Acknowledgement)}
	id, listed := licenselist.License(cmp.Or(x.ID, x.Name))
	switch {
	case listed:
		l.Expression = id
		if x.Name != id {
			l.Name = x.Name
		}
	case strings.HasPrefix(x.Name, "LicenseRef-") && !strings.Contains(x.Name, " "):
		l.Expression = x.Name
	default:
		l.Name = cmp.Or(x.Name, x.ID)
	}
	return l
}

// sameLicenses reports whether the native forms give everything back.
func sameLicenses(c *bom.Component, list, found cdx.Licenses) bool {
	read := bom.Document{Components: []bom.Component{{Licenses: bomLicenses(list, found)}}}
	read.Normalize()
	return len(c.Licenses) == 0 || reflect.DeepEqual(read.Components[0].Licenses, c.Licenses)
}
