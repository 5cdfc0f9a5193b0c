package catalogue

import (
	"slices"
	"strings"
	"sync"
)

// A KnownLicence is the licence that a model is known to be under.
type KnownLicence struct {
	// Key is a key of the model hub, an SPDX identifier or a LicenseRef of
	// package license, whose FromStatement reads all three.
	Key string
	// Pattern is the row that matched: a hub identifier, or the beginning of one
	// with "*" at the end. With "*" it was stated for a family of models.
	Pattern string
	Sources []Source
}

// Columns of licences.tsv.
const licenceColumns = 3

// A licenceRow is a row of licences.tsv.
type licenceRow struct {
	prefix string // pattern without "*", in lower case
	family bool   // the pattern had "*"
	known  KnownLicence
}

var licences = sync.OnceValue(func() []licenceRow {
	var out []licenceRow
	for f := range rows(licenceTable, licenceColumns) {
		prefix, family := strings.CutSuffix(strings.ToLower(f[0]), "*")
		out = append(out, licenceRow{prefix, family, KnownLicence{Key: f[1], Pattern: f[0], Sources: sourcesOf(f[2])}})
	}
	return out
})

// LicenceOf returns the licence that a model is known to be under, by its hub
// identifier ("meta-llama/Llama-3.1-8B"), in any case: hubs do not tell names
// apart by case. Of the rows that match the longest counts, an exact one before
// all others.
//
// It is what the publisher, or in the weaker rows somebody else, stated at the
// time of the source; publishers have changed licences of published weights. It
// is for upstreams that are not at hand, and never replaces what a repository
// itself says. Nothing is known of most models, and absence says nothing.
func LicenceOf(id string) (KnownLicence, bool) {
	id = strings.ToLower(id)
	var best *licenceRow
	for i, row := range licences() {
		switch {
		case row.prefix == id && !row.family:
			return row.result(), true
		case row.family && strings.HasPrefix(id, row.prefix) && (best == nil || len(row.prefix) > len(best.prefix)):
			best = &licences()[i]
		}
	}
	if best == nil {
		return KnownLicence{}, false
	}
	return best.result(), true
}

func (r licenceRow) result() KnownLicence {
	k := r.known
	k.Sources = slices.Clone(k.Sources)
	return k
}
