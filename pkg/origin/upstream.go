package origin

import (
	"cmp"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// An Upstream is a model that something may come from.
type Upstream struct {
	Group, Name, Version string
	PURL                 string
	Supplier, Country    string
	// License is as its curator or catalogue states it, LicenseFrom who does:
	// "catalogue" or "index".
	License, LicenseFrom string
	// released is the day that an index states, for telling an original from its
	// copies.
	released string
}

// Label is the upstream as people write it: "group/name".
func (u Upstream) Label() string { return strings.TrimPrefix(u.Group+"/"+u.Name, "/") }

// Ref is the upstream's reference in a document. The version is not part of it,
// so that what is declared and what is found meet.
func (u Upstream) Ref() bom.Ref {
	return bom.Ref("upstream:" + cmp.Or(unversioned(u.PURL), u.Label()))
}

// unversioned is a package URL without its version; another registry than the
// type's own is told by a qualifier, which stays.
func unversioned(purl string) string {
	path := purl
	if i := strings.IndexAny(purl, "?#"); i >= 0 {
		path = purl[:i]
	}
	rest := purl[len(path):]
	if i := strings.LastIndexByte(path, '@'); i > strings.LastIndexByte(path, '/') {
		path = path[:i]
	}
	return path + rest
}

// same reports whether two upstreams have one name. The hub's names do not depend
// on case. A name without a group is not that of a model in some group.
func (u Upstream) same(v Upstream) bool { return strings.EqualFold(u.Label(), v.Label()) }

// Meets reports whether two upstreams are one component of a document. They have
// one reference, but for case; or one name where one of them has no package URL,
// as what a curator adds from a folder has none, and versions that do not
// contradict each other. Two package URLs are two places: that a project has one
// name in both does not make its files the same.
func (u Upstream) Meets(v Upstream) bool {
	switch {
	case strings.EqualFold(string(u.Ref()), string(v.Ref())):
		return true
	case u.PURL != "" && v.PURL != "":
		return false
	}
	return u.same(v) && !contradict(u.Version, v.Version)
}

// contradict reports versions that cannot be of one model. A commit and a release
// can.
func contradict(a, b string) bool {
	if a == "" || b == "" || isCommit(a) != isCommit(b) {
		return false
	}
	a, b = strings.TrimPrefix(strings.ToLower(a), "v"), strings.TrimPrefix(strings.ToLower(b), "v")
	if isCommit(a) { // which may be shortened
		return !strings.HasPrefix(a, b) && !strings.HasPrefix(b, a)
	}
	return a != b
}

// isCommit reports a commit, which git shortens to seven digits at least.
func isCommit(version string) bool {
	return len(version) >= 7 && strings.Trim(strings.ToLower(version), "0123456789abcdef") == ""
}

// indexed reports an upstream that an index names, as against one that is known to
// be published.
func (u Upstream) indexed() bool { return u.LicenseFrom == fromIndex }

// fromIndex is who states what an entry of an index says.
const fromIndex = "index"

// senior orders upstreams that hold the same: what the repository names, then what
// is known to be published, then the earliest released of an index, then what
// nobody dates. Equal bytes do not tell who was first.
func (c *Case) senior(u, v Upstream) int {
	return cmp.Or(first(c.declares(u), c.declares(v)), first(!u.indexed(), !v.indexed()),
		first(u.released != "", v.released != ""), cmp.Compare(u.released, v.released))
}

// first orders what something holds of before what it does not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// filled is the upstream with what v knows of it and u does not.
func (u Upstream) filled(v Upstream) Upstream {
	if u.PURL == "" {
		u.PURL = v.PURL
	}
	u.Version = cmp.Or(u.Version, v.Version)
	if u.Supplier == "" {
		u.Supplier, u.Country = v.Supplier, v.Country
	}
	if u.License == "" {
		u.License, u.LicenseFrom = v.License, v.LicenseFrom
	}
	return u
}

// Component is the upstream as a component of a document. Its licence is as it
// was stated, not yet an expression.
func (u Upstream) Component() bom.Component {
	c := bom.Component{Ref: u.Ref(), Kind: bom.KindModel, Group: text(u.Group), Name: text(u.Name), Version: text(u.Version), PURL: u.PURL}
	if u.Supplier != "" {
		c.Supplier = &bom.Organization{Name: text(u.Supplier), Country: u.Country}
	}
	if u.License != "" {
		c.Licenses = []bom.License{{Name: text(u.License), Acknowledgement: bom.Declared,
			Evidence: []bom.Evidence{{Technique: bom.OtherTechnique, Key: text(u.LicenseFrom), Value: text(u.License), Confidence: confidenceStated}}}}
	}
	return c
}

// text is a short text of an index or catalogue, fit for a document.
func text(s string) string { return bom.Cut(bom.Clean(s), 250) }
