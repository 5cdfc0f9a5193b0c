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
// The data are text files beside the code: hub-keys.txt, spdx-ids.txt and
// names.txt. Each says in its first lines what it is and of which version.
package license

import (
	_ "embed"
	"strings"
	"sync"
)

// SPDXListVersion is the version of the SPDX licence list that identifiers are
// checked against.
const SPDXListVersion = "3.28.0"

// IsDeprecated reports whether an SPDX identifier, in the list's own spelling,
// is deprecated by the list.
func IsDeprecated(id string) bool {
	t := tables()
	return t.deprecated[id]
}

//go:embed hub-keys.txt
var hubKeysFile string

//go:embed spdx-ids.txt
var spdxIDsFile string

//go:embed names.txt
var namesFile string

// tables holds the data files, parsed at first use.
var tables = sync.OnceValue(load)

type data struct {
	hubKeys    map[string]string // key to expression, "" when it says too little
	ids        map[string]string // lower case to the list's spelling, licences
	exceptions map[string]string // the same for exceptions
	deprecated map[string]bool
	names      map[string]string // plain form to expression
}

func load() *data {
	d := &data{
		hubKeys:    map[string]string{},
		ids:        map[string]string{},
		exceptions: map[string]string{},
		deprecated: map[string]bool{},
		names:      map[string]string{},
	}
	for line := range dataLines(hubKeysFile) {
		key, expression, _ := strings.Cut(line, " ")
		d.hubKeys[key] = strings.TrimPrefix(expression, "-")
	}
	for line := range dataLines(spdxIDsFile) {
		id, marks, _ := strings.Cut(line, " ")
		d.deprecated[id] = strings.Contains(marks, "deprecated")
		if strings.Contains(marks, "exception") {
			d.exceptions[strings.ToLower(id)] = id
			continue
		}
		d.ids[strings.ToLower(id)] = id
		d.addPlainID(id)
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
