// Package schemas holds the JSON schemas of modelbom's own file formats, each
// under a name with its version: a schema of a released version only changes
// where it was wrong. README.md says what the numbers in the files mean.
//
// Readers do not use them: a schema cannot bound memory or say where sorted
// lists are out of order, so every reader checks for itself. They are for other
// people's programs, and for the tests that hold our writers to them.
package schemas

import _ "embed"

//go:embed fingerprint-1.schema.json
var fingerprint []byte

// Fingerprint is the schema of the file form of a fingerprint, version 1 (JSON
// Schema 2020-12).
func Fingerprint() []byte { return append([]byte(nil), fingerprint...) }

//go:embed comparison-1.schema.json
var comparison []byte

// Comparison is the schema of what "modelbom compare -o json" writes, version 1
// (JSON Schema 2020-12).
func Comparison() []byte { return append([]byte(nil), comparison...) }

//go:embed diff-1.schema.json
var diff []byte

// Diff is the schema of what "modelbom diff -o json" writes, version 1 (JSON
// Schema 2020-12).
func Diff() []byte { return append([]byte(nil), diff...) }

//go:embed facts-1.schema.json
var facts []byte

// Facts is the schema of modelbom.yaml, the file of facts that only people know,
// version 1, as the JSON that it is equal to (JSON Schema 2020-12).
func Facts() []byte { return append([]byte(nil), facts...) }

//go:embed policy-1.schema.json
var policy []byte

// Policy is the schema of a policy of the user's for "modelbom check", version 1,
// as the JSON that it is equal to (JSON Schema 2020-12).
func Policy() []byte { return append([]byte(nil), policy...) }

//go:embed check-1.schema.json
var check []byte

// Check is the schema of what "modelbom check -o json" writes, version 1 (JSON
// Schema 2020-12).
func Check() []byte { return append([]byte(nil), check...) }
