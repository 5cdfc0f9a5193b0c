package source

import (
	"io"
	"strconv"
	"strings"
)

// MaxPointerSize bounds a Git LFS pointer: it is shorter than this many bytes
// (git-lfs specification v1, "The Pointer").
const MaxPointerSize = 1024

// A Pointer is a Git LFS pointer: what a checkout holds in place of a file
// whose content was not fetched.
type Pointer struct {
	OID  string // SHA-256 of the content, 64 lower-case hexadecimal digits
	Size int64  // of the content, in bytes
}

// The first lines of git-lfs specification v1, and the one from before the
// project's renaming that the specification still admits.
const (
	pointerV1     = "version https://git-lfs.github.com/spec/v1"
	pointerHawser = "version https://hawser.github.com/spec/v1"
)

// ParsePointer reads a Git LFS pointer and reports whether data is one. It is
// as strict as the specification: the version first, then the other lines in
// order of their keys, every line ended by one newline. Lines of extensions are
// admitted and not kept; any other key makes it an ordinary file, as it does
// for git-lfs.
func ParsePointer(data []byte) (Pointer, bool) {
	if len(data) >= MaxPointerSize {
		return Pointer{}, false
	}
	text, ended := strings.CutSuffix(string(data), "\n")
	lines := strings.Split(text, "\n")
	if !ended || (lines[0] != pointerV1 && lines[0] != pointerHawser) {
		return Pointer{}, false
	}
	return parsePointerLines(lines[1:])
}

func parsePointerLines(lines []string) (Pointer, bool) {
	p := Pointer{Size: -1}
	last := ""
	for _, line := range lines {
		key, value, ok := strings.Cut(line, " ")
		if !ok || key <= last || !p.set(key, value) {
			return Pointer{}, false
		}
		last = key
	}
	if p.OID == "" || p.Size < 0 {
		return Pointer{}, false
	}
	return p, true
}

// set takes one line over and reports whether a pointer may hold it.
func (p *Pointer) set(key, value string) bool {
	switch key {
	case "oid":
		oid, ok := strings.CutPrefix(value, "sha256:")
		p.OID = oid
		return ok && isHex(oid, sha256Digits)
	case "size":
		n, ok := parseSize(value)
		p.Size = n
		return ok
	}
	return isExtension(key) && isHexAfter(value, "sha256:")
}

// isExtension recognises "ext-{order}-{name}", where order is one digit
// (git-lfs, docs/extensions.md).
func isExtension(key string) bool {
	rest, ok := strings.CutPrefix(key, "ext-")
	if !ok || len(rest) < 3 || rest[0] < '0' || rest[0] > '9' || rest[1] != '-' {
		return false
	}
	return strings.Trim(rest[2:], "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

func isHexAfter(value, prefix string) bool {
	digits, ok := strings.CutPrefix(value, prefix)
	return ok && isHex(digits, sha256Digits)
}

// parseSize takes decimal digits only: no sign, no leading zero.
func parseSize(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, false
	}
	return n, true
}

// readPointer reports whether the file of size bytes is a pointer. A file that
// cannot be read is none here: whoever reads it next meets the error.
func readPointer(r io.ReaderAt, size int64) (Pointer, bool) {
	if size >= MaxPointerSize || size < int64(len(pointerHawser)) {
		return Pointer{}, false
	}
	data, err := readAll(r, size)
	if err != nil {
		return Pointer{}, false
	}
	return ParsePointer(data)
}
