// Package license turns what publishers write about licences into SPDX licence
// expressions, and says what those licences ask.
//
// It knows words: the licence keys of the model hub ([FromHubKey]), identifiers,
// names and expressions as they are found in front matter and file metadata
// ([FromStatement]), and addresses of licence texts ([FromURL]). It knows texts:
// [Identify] says which licences a file is or holds. And it has tables: the class
// of every licence ([ClassOf]), what a licence asks and where it says so
// ([Terms]), and what of an upstream's terms a declared licence does not keep
// ([Conflicts]). The tables name their sources. None of it is legal advice.
//
// It never guesses. A family of licences ("gpl", "openrail") gives no
// expression, a deprecated identifier stays as it was written, since "GPL-3.0"
// says neither "only" nor "or later" ([Replacement] has the few that say the
// same in other words), and a name without a version is not resolved. Licences
// that have no SPDX identifier get a LicenseRef of ours ([OwnLicenses]), which
// stays the same for ever: documents of different years are compared by it.
//
// The data are the SPDX licence list (package licenselist) and the text files
// beside the code, which say in their first lines what they are and where they
// are from.
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
	for _, o := range OwnLicenses() {
		d.addTitle(o)
	}
	for line := range dataLines(namesFile) {
		name, expression, _ := strings.Cut(line, " = ")
		d.names[name] = expression
	}
	return d
}

// addTitle lets a licence of ours be found by its title, and without
// "Agreement" too where two words are left: "Llama 3.1 Community". Titles of one
// word, as "Jais", are names of models as well.
func (d *data) addTitle(o Own) {
	title := plain(o.Title)
	d.addName(title, o.Ref)
	if short, ok := strings.CutSuffix(title, " agreement"); ok {
		d.addName(short, o.Ref)
	}
}

// addName adds a name of two words or more, and takes it away again when it
// turns out to be that of several licences.
func (d *data) addName(name, expression string) {
	if !strings.Contains(name, " ") {
		return
	}
	if before, taken := d.names[name]; taken && before != expression {
		expression = ""
	}
	d.names[name] = expression
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
