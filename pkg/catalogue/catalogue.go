// Package catalogue holds public facts about known models, so that a run without
// any reference index can name what it sees: the SHA-256 of files, digests of
// tensors and tokenizers, the sizes of encoders and of checkpoints, families,
// and the suppliers behind the namespaces of model hubs. It is embedded,
// read-only and the same in every run of one version.
//
// A result says how far it goes:
//
//   - [FileBySHA256] and [TensorBySHA256] are identities of bytes. They say
//     where the same bytes are to be had, not who trained them.
//   - [Tokenizer] is an identity where digests agree, and a hint where only
//     numbers do. A tokenizer says nothing about weights.
//   - [LicenceOf] is what a model's publisher stated of its licence.
//   - [Encoders], [Families] and [Checkpoints] look at sizes and names. They find
//     what has the same architecture and are never evidence of an origin.
//
// Precision comes first. A digest that is known of several models gives all of
// them, an ambiguous signature gives all candidates, and what many models share
// by construction (rotary factors, constant tensors) is not in the catalogue.
// Absence from it says nothing.
//
// Every row names its sources, which come back with every result. Licences are
// as the source states them, unchecked. The tables are text, one row per line,
// in the folder data, whose README.md says how a row is added.
package catalogue

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
)

// version is the day of the last change of the tables.
const version = "2026-11-24"

// Version is the version of the catalogue: the day, as YYYY-MM-DD, on which its
// tables were last changed.
func Version() string { return version }

// Digest is "sha256:..." over all tables: for each, in the order of their names,
// "NAME SIZE<LF>" and the bytes. Documents name it, so that a conclusion can be
// traced to the facts it rests on.
func Digest() string { return digest() }

var digest = sync.OnceValue(func() string {
	h := sha256.New()
	for _, t := range tables() {
		fmt.Fprintf(h, "%s %d\n%s", t.name, len(t.text), t.text)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
})

// A table is the text of one embedded file.
type table struct{ name, text string }

// tables returns all tables by name.
func tables() []table {
	return []table{
		{"checkpoints.tsv", checkpointTable},
		{"encoders.jsonl", encoderTable},
		{"families.jsonl", familyTable},
		{"files.tsv", fileTable},
		{"licences.tsv", licenceTable},
		{"sources.tsv", sourceTable},
		{"suppliers.tsv", supplierTable},
		{"tensors.tsv", tensorTable},
		{"tokenizers.tsv", tokenizerTable},
	}
}

//go:embed data/checkpoints.tsv
var checkpointTable string

//go:embed data/encoders.jsonl
var encoderTable string

//go:embed data/families.jsonl
var familyTable string

//go:embed data/files.tsv
var fileTable string

//go:embed data/licences.tsv
var licenceTable string

//go:embed data/sources.tsv
var sourceTable string

//go:embed data/suppliers.tsv
var supplierTable string

//go:embed data/tensors.tsv
var tensorTable string

//go:embed data/tokenizers.tsv
var tokenizerTable string

// A Source is where a fact is from.
type Source struct {
	ID         string
	Repository string // "owner/name" on GitHub, empty for pages and own measurements
	Path       string // in the repository, or the address of a page
	Commit     string // 40 hexadecimal digits, empty where unknown
	Date       string // of the commit or page, YYYY-MM-DD, empty where unknown
	Licence    string // of the repository, as stated there
	What       string // what was taken from it
}

// String is the source for people: "owner/name path at 0123456789ab (2026-01-31)".
func (s Source) String() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(s.Repository + " " + s.Path))
	if b.Len() == 0 {
		b.WriteString(s.What)
	}
	if s.Commit != "" {
		b.WriteString(" at " + s.Commit[:min(12, len(s.Commit))])
	}
	if s.Date != "" {
		b.WriteString(" (" + s.Date + ")")
	}
	return b.String()
}
