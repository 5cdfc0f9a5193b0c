package report

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A value that a file of facts put into a place that documents have for what is
// observed carries a mark where it is shown. Documents keep what was stated in
// properties beside the places; docs/properties.md has their fields. A value that
// was there before and is the same as the stated one cannot be told from it and
// carries the mark too, but for licences, which are told by their evidence.
const (
	propStatedSupplier    = "modelbom:stated:supplier"
	propStatedVersion     = "modelbom:stated:version"
	propStatedDownload    = "modelbom:stated:download"
	propStatedDescription = "modelbom:stated:description"
	propStatedPURL        = "modelbom:stated:purl"
	propStatedLicence     = "modelbom:stated:licence"
	propStatedReference   = "modelbom:stated:reference"
	propStatedAuthor      = "modelbom:stated:author" // of the document
)

// statedMark stands behind a stated value; statedMeaning says once what it means.
const (
	statedMark    = " (stated)"
	statedMeaning = "the producer says so; nothing was compared with it"
)

// mark is the mark of a value, empty for one that was not only stated. It is
// remembered that there is one, so that its meaning is told.
func (v *view) mark(is bool) string {
	if !is {
		return ""
	}
	v.marked = true
	return statedMark
}

// withMark are spans with the mark behind them.
func (b *documentPage) withMark(is bool, spans ...span) []span {
	if m := b.mark(is); m != "" {
		return append(spans, note(m))
	}
	return spans
}

// states reports that a property of this name has the value as its first field.
func states(list []bom.Property, name, value string) bool {
	for _, p := range list {
		if p.Name == name && value != "" && (p.Value == value || bom.SplitFields(p.Value, 2)[0] == value) {
			return true
		}
	}
	return false
}

func statedVersion(c *bom.Component) bool { return states(c.Properties, propStatedVersion, c.Version) }

func statedPURL(c *bom.Component) bool { return states(c.Properties, propStatedPURL, c.PURL) }

func statedDescription(c *bom.Component) bool {
	return states(c.Properties, propStatedDescription, c.Description)
}

// statedSupplier is also told of one that was known by name only, and got its
// country or address from the statement.
func statedSupplier(c *bom.Component) bool {
	return c.Supplier != nil && statedName(c.Properties, propStatedSupplier, c.Supplier.Name)
}

func (v *view) statedAuthor(o bom.Organization) bool {
	return statedName(v.Properties, propStatedAuthor, o.Name)
}

// statedName compares as facts do when they are written into a document.
func statedName(list []bom.Property, name, who string) bool {
	for _, p := range list {
		if p.Name == name && who != "" && strings.EqualFold(strings.TrimSpace(who), bom.SplitFields(p.Value, 2)[0]) {
			return true
		}
	}
	return false
}

func statedLink(c *bom.Component, l bom.Link) bool {
	if l.Type == "distribution" && states(c.Properties, propStatedDownload, l.URL) {
		return true
	}
	for _, p := range c.Properties {
		if p.Name == propStatedReference {
			if f := bom.SplitFields(p.Value, 3); f[0] == l.Type && f[1] == l.URL {
				return true
			}
		}
	}
	return false
}

// statedLicence reports a licence that rests on a statement: it is the stated one,
// and it was seen nowhere.
func statedLicence(c *bom.Component, l bom.License) bool {
	if l.Expression == "" || l.Path != "" || len(l.Evidence) > 0 {
		return false
	}
	for _, p := range c.Properties {
		if p.Name != propStatedLicence {
			continue
		}
		f := bom.SplitFields(p.Value, 2)
		if l.Acknowledgement == bom.Concluded {
			f[0] = f[1]
		}
		if strings.EqualFold(f[0], l.Expression) {
			return true
		}
	}
	return false
}

// cutMarked shortens text and keeps the mark at its end, or "(stated)" would be
// what is left out first.
func cutMarked(s string, most int, cut func(string, int) string) string {
	if bare, marked := strings.CutSuffix(s, statedMark); marked {
		return cut(bare, most-len(statedMark)) + statedMark
	}
	return cut(s, most)
}
