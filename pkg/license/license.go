// Package license turns what publishers write about licences into SPDX licence
// expressions.
//
// So far it knows words, not texts: the licence keys of the model hub
// ([FromHubKey]), and identifiers, names and expressions as they are found in
// front matter and file metadata ([FromStatement]). It does not read licence
// files, and it says nothing about what a licence permits.
//
// It never guesses. A family of licences ("gpl", "openrail") gives no
// expression, a deprecated identifier stays as it was written, since "GPL-3.0"
// says neither "only" nor "or later", and a name without a version is not
// resolved. Licences that have no SPDX identifier get a LicenseRef of ours,
// which stays the same for ever: documents of different years are compared by it.
//
// The data are the SPDX licence list (package licenselist) and two text files
// beside the code, hub-keys.txt and names.txt, which say in their first lines
// what they are and of which version.
package license

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

//go:embed hub-keys.txt
var hubKeysFile string

//go:embed names.txt
var namesFile string

// tables holds the data files, parsed at first use.
var tables = sync.OnceValue(load)

type data struct {
	hubKeys map[string]string // key to expression, "" when it says too little
	names   map[string]string // plain form to expression
}

func load() *data {
	d := &data{
		hubKeys: map[string]string{},
		names:   map[string]string{},
	}
	for line := range dataLines(hubKeysFile) {
		key, expression, _ := strings.Cut(line, " ")
		d.hubKeys[key] = strings.TrimPrefix(expression, "-")
	}
	for id := range licenselist.All() {
		if !licenselist.IsException(id) {
			d.addPlainID(id)
		}
	}
	for line := range dataLines(namesFile) {
		name, expression, _ := strings.Cut(line, " = ")
		d.names[name] = expression
	}
	return d
}

// addPlainID lets an identifier be found in its plain form. Identifiers of
// three letters are left out: as words in lower case they can mean something
// else, as "aml" does. So are those that another identifier has the same plain
// form as.
func (d *data) addPlainID(id string) {
	name := plain(id)
	if len(name) <= 3 {
		return
	}
	if _, taken := d.names[name]; taken {
		id = ""
	}
	d.names[name] = id
}

// dataLines yields the lines of a data file that are neither empty nor comments.
func dataLines(file string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(file) {
			line = strings.TrimSpace(line)
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}
