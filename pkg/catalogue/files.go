package catalogue

import (
	"strconv"
	"strings"
)

// A KnownFile is one place where a file is to be had.
type KnownFile struct {
	SHA256 string // lower-case hexadecimal
	Size   int64  // bytes, -1 where the source does not state it
	// PURL is the package or repository that holds the bytes, with the path
	// behind "#" where it is known. URL is set instead where there is no package
	// URL for the place. Neither says whose model it is: most are copies,
	// conversions and quantisations, see Derived.
	PURL, URL string
	Name      string // file name there
	Format    string // "gguf", "onnx", "tokenizer" ..., empty where not noted
	// Licence is as the source states it for the file or the collection it is
	// in, a hub's key or an SPDX identifier, unchecked. Empty where not stated.
	Licence string
	// Derived is what the source says the file was made from, unchecked.
	Derived []Relation
	Sources []Source
}

// A Relation says what a file was made from.
type Relation struct {
	// Kind is "pretrained-from", "finetuned-from", "merged-from", "pruned-from",
	// "converted-from", "exported-from" (architecture only, the weights may be
	// untrained), "copy-of" or "taken-from" (the repository that a package took
	// its files from, by its name).
	Kind string
	// Reference is a package URL, or "CATALOGUE:NAME" or "LIBRARY/NAME" for
	// models of a catalogue or library without one.
	Reference string
}

// Columns of files.tsv.
const fileColumns = 8

// FileBySHA256 returns the places where a file with this digest, 64 hexadecimal
// digits in either case, is known to be. None says nothing about the file.
//
// The digest identifies bytes. Of model weights that identifies the model;
// small files that many models share, such as tokenizer settings, may be
// elsewhere too.
func FileBySHA256(digest string) []KnownFile {
	if len(digest) != 64 {
		return nil
	}
	digest = strings.ToLower(digest)
	var out []KnownFile
	for _, f := range find(fileTable, digest, fileColumns) {
		out = append(out, knownFile(f))
	}
	return out
}

func knownFile(f []string) KnownFile {
	k := KnownFile{SHA256: f[0], Size: -1, Name: f[3], Format: f[4], Licence: f[5], Sources: sourcesOf(f[7])}
	if n, err := strconv.ParseInt(f[1], 10, 64); err == nil {
		k.Size = n
	}
	if strings.HasPrefix(f[2], "pkg:") {
		k.PURL = f[2]
	} else {
		k.URL = f[2]
	}
	for relation := range strings.SplitSeq(f[6], ";") {
		if kind, reference, ok := strings.Cut(relation, "="); ok {
			k.Derived = append(k.Derived, Relation{kind, reference})
		}
	}
	return k
}
