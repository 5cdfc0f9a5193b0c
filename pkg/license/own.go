package license

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed own.txt
var ownFile string

// An Own is a licence that the SPDX list does not have.
type Own struct {
	Ref       string // "LicenseRef-llama3.1"
	Title     string
	Publisher string // empty where unknown
	URL       string // of the text, empty where no lasting one is known
}

// OwnLicenses returns all licences that have a LicenseRef of ours, sorted by it.
func OwnLicenses() []Own { return own() }

var own = sync.OnceValue(func() []Own {
	var out []Own
	for line := range dataLines(ownFile) {
		f := strings.Split(line, " | ")
		for i := range f {
			f[i] = strings.TrimSpace(strings.TrimPrefix(f[i], "-"))
		}
		out = append(out, Own{f[0], f[1], f[2], f[3]})
	}
	return out
})
