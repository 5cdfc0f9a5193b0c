package facts

import (
	"fmt"
	"slices"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// native states what documents have places of their own for.
func (a *applier) native(c *bom.Component, line int, key, version, download string, released, built time.Time) {
	a.version(c, line, key, version)
	a.download(c, download)
	if !released.IsZero() {
		a.single(c, line, key+".release-time", PropReleaseTime, released.Format(time.RFC3339))
	}
	if !built.IsZero() {
		a.single(c, line, key+".built-time", PropBuiltTime, built.Format(time.RFC3339))
	}
}

// version states a version. A revision that the repository has is another name of
// the same thing, and no contradiction.
func (a *applier) version(c *bom.Component, line int, key, version string) {
	if version == "" {
		return
	}
	add(c, PropVersion, version)
	switch {
	case c.Version == "":
		c.Version = version
	case c.Version != version && !isRevision(c.Version):
		a.finding(RuleDisagreement, line, c.Ref, key+".version", fmt.Sprintf("Of %s, the version is stated to be %s; the document had %s.",
			label(c, a.doc.Subject), version, bom.Cut(bom.Clean(c.Version), maxName)))
	}
}

// description and purl state what a component can have one of.
func (a *applier) description(c *bom.Component, line int, key, stated string) {
	a.field(c, line, key+".description", PropDescription, "the description", stated, &c.Description)
}

func (a *applier) purl(c *bom.Component, line int, key, stated string) {
	a.field(c, line, key, PropPURL, "the package URL", stated, &c.PURL)
}

func (a *applier) field(c *bom.Component, line int, key, name, what, stated string, had *string) {
	if stated == "" {
		return
	}
	add(c, name, stated)
	switch *had {
	case "":
		*had = stated
	case stated:
	default:
		a.finding(RuleDisagreement, line, c.Ref, key, fmt.Sprintf("Of %s, %s is stated to be %s; the document had %s, which stays.",
			label(c, a.doc.Subject), what, bom.Cut(stated, maxName), bom.Cut(bom.Clean(*had), maxName)))
	}
}

// isRevision reports the names that git gives: 40 or 64 hexadecimal digits.
func isRevision(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// linkDistribution is CycloneDX's type of a link to where a component is had.
const linkDistribution = "distribution"

func hasDownload(c *bom.Component) bool {
	return slices.ContainsFunc(c.Links, func(l bom.Link) bool { return l.Type == linkDistribution })
}

// download states where a component is had; it can be had in several places.
func (a *applier) download(c *bom.Component, address string) {
	if address == "" {
		return
	}
	add(c, PropDownload, address)
	if !slices.ContainsFunc(c.Links, func(l bom.Link) bool { return l.Type == linkDistribution && l.URL == address }) {
		c.Links = append(c.Links, bom.Link{Type: linkDistribution, URL: address})
	}
}

// single states a property of which there can be one.
func (a *applier) single(c *bom.Component, line int, key, name, stated string) {
	had := value(c, name)
	switch {
	case stated == "" || stated == had:
	case had == "":
		add(c, name, stated)
	default:
		a.finding(RuleDisagreement, line, c.Ref, key, fmt.Sprintf("Of %s, %s is stated to be %s; the document had %s, which stays.",
			label(c, a.doc.Subject), name, stated, bom.Cut(bom.Clean(had), maxName)))
	}
}
