package licenselist

import (
	"fmt"
	"strconv"
	"strings"
)

// An Edition is a published version of the list, by its second number: the list
// is 3.N since 2018. Corrections of one version (3.24.0, 3.24.1) have the same
// identifiers.
type Edition int

// The oldest and the newest editions that are known here. Older ones call
// "GPL-2.0-only" by another name, so what is written for them could not keep
// today's identifiers.
const (
	Oldest Edition = 0
	Newest Edition = 28
)

// At finds an edition by its version: "3.20", or "3.20.0" as later ones are
// spelled. The empty version is the newest.
func At(version string) (Edition, error) {
	if version == "" {
		return Newest, nil
	}
	var n [3]int
	parts := strings.Split(version, ".")
	for i, part := range parts {
		v, err := strconv.ParseUint(part, 10, 16)
		if err != nil || len(parts) < 2 || len(parts) > len(n) {
			return 0, fmt.Errorf("%q is no version of the SPDX licence list, such as %s or %s", version, Edition(20), Newest)
		}
		n[i] = int(v)
	}
	switch {
	case n[0] < 3:
		return 0, fmt.Errorf("version %s of the SPDX licence list is older than %s, the first with identifiers such as GPL-2.0-only", version, Oldest)
	case n[0] > 3 || n[1] > int(Newest):
		return 0, fmt.Errorf("version %s of the SPDX licence list is newer than %s, the newest that is known here", version, Newest)
	}
	return Edition(n[1]), nil
}

// String is the version as SPDX spells it.
func (e Edition) String() string {
	if e < 24 {
		return fmt.Sprintf("3.%d", int(e))
	}
	return fmt.Sprintf("3.%d.0", int(e))
}

// Has reports whether an identifier, in any case, is on the list of that
// edition, licence or exception.
func (e Edition) Has(id string) bool {
	m, ok := table()[strings.ToLower(id)]
	return ok && m.since <= e
}

// Since returns the version of the list that first had an identifier, given in
// any case: "3.0" for those that it or an older one had, nothing for what is not
// on the list.
func Since(id string) string {
	m, ok := table()[strings.ToLower(id)]
	if !ok {
		return ""
	}
	return m.since.String()
}
