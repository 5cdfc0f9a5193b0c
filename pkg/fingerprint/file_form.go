package fingerprint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The file form of a fingerprint is JSON, described by
// schemas/fingerprint-1.schema.json. It has one encoding for one model, byte for
// byte: members in a fixed order, files, parts and tensors in byte order of
// their names, one tensor on a line. Lists of numbers are base64 over
// little-endian arrays. See [Encode] and [Decode], and [EncodePart] for the
// denser form of one part.

// The header of the file form. SketchVersion is beside them.
const (
	FormName    = "modelbom-fingerprint"
	FormVersion = 1
)

// Limits of the file form, for both directions: what [Encode] writes [Decode]
// reads.
const (
	// MaxForm bounds a file in bytes. A tensor takes about 6,500: a mixture of
	// experts with 50,000 tensors is a file of 330 MB.
	MaxForm = 1 << 30
	// MaxFormFiles, MaxFormParts and MaxFormTensors bound the lists of a model.
	// The largest known has about 150,000 tensors.
	MaxFormFiles   = 1 << 20
	MaxFormParts   = 1 << 16
	MaxFormTensors = 1 << 20
	// MaxFormText bounds a text in bytes: names are bounded to 4,096 by
	// package format, reasons may quote one.
	MaxFormText = 64 << 10
	// MaxFormRank bounds the dimensions of a tensor, as package format does.
	MaxFormRank = 64
	// MaxViews bounds the views of a tensor. At most about a dozen are made.
	MaxViews = 64
	// MaxSpecial bounds the special tokens of a tokenizer, as package modelcard
	// does.
	MaxSpecial = 256
)

// Digest is "sha256:..." over the file form, empty for a model that has none
// because [Encode] refuses it.
func (m *Model) Digest() string {
	h := sha256.New()
	if err := Encode(h, m); err != nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// plainText is a text as the file form has it: JSON cannot hold bytes that are
// not UTF-8, so each of them becomes the four characters \xNN.
func plainText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// sortedNumbers returns the numbers of the items of a list in byte order of their names.
// Two of one name are an error.
func sortedNumbers[T any](what string, list []T, name func(*T) string) ([]int, error) {
	numbers := make([]int, len(list))
	for i := range numbers {
		numbers[i] = i
	}
	at := func(i int) string { return plainText(name(&list[i])) }
	byName := func(i, j int) int { return cmp.Compare(at(i), at(j)) }
	if !slices.IsSortedFunc(numbers, byName) {
		slices.SortFunc(numbers, byName)
	}
	for i := 1; i < len(numbers); i++ {
		if at(numbers[i-1]) == at(numbers[i]) {
			return nil, fmt.Errorf("two %s are called %q", what, short(at(numbers[i])))
		}
	}
	return numbers, nil
}

// sortByName puts a list into byte order of its names. Two of one name are an
// error.
func sortByName[T any](what string, list []T, name func(*T) string) error {
	numbers, err := sortedNumbers(what, list, name)
	if err != nil || slices.IsSorted(numbers) {
		return err
	}
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(plainText(name(&a)), plainText(name(&b))) })
	return nil
}

func pathOf(f *FilePrint) string   { return f.Path }
func refOf(p *Part) string         { return p.Ref }
func nameOf(t *TensorPrint) string { return t.Name }
