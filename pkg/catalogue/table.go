package catalogue

import (
	"iter"
	"strings"
	"sync"
)

// Columns of sources.tsv.
const sourceColumns = 7

// sources maps identifiers to sources.
var sources = sync.OnceValue(func() map[string]Source {
	m := make(map[string]Source, 64)
	for f := range rows(sourceTable, sourceColumns) {
		m[f[0]] = Source{ID: f[0], Repository: f[1], Path: f[2], Commit: f[3], Date: f[4], Licence: f[5], What: f[6]}
	}
	return m
})

// sourcesOf returns the sources that a row lists with commas.
func sourcesOf(list string) []Source { return sourcesByID(strings.Split(list, ",")) }

func sourcesByID(ids []string) []Source {
	known := sources()
	out := make([]Source, 0, len(ids))
	for _, id := range ids {
		if s, ok := known[id]; ok {
			out = append(out, s)
		}
	}
	return out
}

// rows yields the columns of every row of a table, "-" as empty. Comments, and
// rows that do not have so many columns, are passed over; the tests see to it
// that there are none of these.
func rows(text string, columns int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			if f, ok := fields(line, columns); ok && !yield(f) {
				return
			}
		}
	}
}

// fields splits a row.
func fields(line string, columns int) ([]string, bool) {
	if strings.HasPrefix(line, "#") {
		return nil, false
	}
	f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	if len(f) != columns {
		return nil, false
	}
	for i := range f {
		if f[i] == "-" {
			f[i] = ""
		}
	}
	return f, true
}

// find returns the rows of a table that begin with key and a tab. The table is
// sorted by bytes, and its comments stand before its rows because "#" is less
// than any digit. Nothing is parsed but the lines on the way: a map over all
// digests would cost every run more than its few look-ups.
func find(text, key string, columns int) [][]string {
	lo, hi := 0, len(text)
	for lo < hi {
		start, end := lineAt(text, lo, lo+(hi-lo)/2)
		if text[start:end] < key {
			lo = end
		} else {
			hi = start
		}
	}
	var out [][]string
	for lo < len(text) {
		start, end := lineAt(text, lo, lo)
		if !strings.HasPrefix(text[start:end], key+"\t") {
			break
		}
		if f, ok := fields(text[start:end], columns); ok {
			out = append(out, f)
		}
		lo = end
	}
	return out
}

// lineAt returns the line around the byte at, which begins at or after lo, with
// its line feed.
func lineAt(text string, lo, at int) (start, end int) {
	start = lo + strings.LastIndexByte(text[lo:at], '\n') + 1
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return start, at + i + 1
	}
	return start, len(text)
}
