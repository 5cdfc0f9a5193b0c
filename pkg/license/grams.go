package license

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/google/licensecheck"
)

// Building licensecheck's scanner for all its patterns takes seconds, building
// one for the few patterns that a text could match takes milliseconds. Which
// these are is found by sequences of words, grams, that patterns and texts have
// in common: a cheap sight of everything before a strict reading of a little.

const (
	// gramWords is how long a sequence is. Of four words even the shortest
	// pattern has a dozen, and little else than licences has them.
	gramWords = 4
	// gramSample is how many grams are kept of a long pattern. With 256 of them
	// the share that a text has is known to three points in a hundred.
	gramSample = 256
	// gramBuckets is by how many values of the hash's highest bits grams are
	// found: as many as there are grams, to a power of two.
	gramBits    = 16
	gramBuckets = 1 << gramBits
)

// A gram is the hash of a sequence of words.
type gram uint64

// A form is one of the texts that a pattern matches: most have one, some have a
// short notice as well.
type form struct {
	pattern int // in patterns()
	grams   int // how many of the sample
	words   int // fixed words of the pattern, alternatives counted each
}

// A gramTable finds the forms that have a gram. It is not changed once made.
type gramTable struct {
	forms   []form
	start   []int32 // of each bucket in entries, one more than there are buckets
	entries []gramEntry
}

type gramEntry struct {
	hash gram
	form int32
	// word is how many fixed words of the form come before the gram's end.
	word int32
}

// patterns are licensecheck's patterns, which do not change.
var patterns = sync.OnceValue(func() []licensecheck.License {
	var out []licensecheck.License
	for _, l := range licensecheck.BuiltinLicenses() {
		if l.LRE != "" {
			out = append(out, l)
		}
	}
	return out
})

var gramsOfPatterns = sync.OnceValue(func() *gramTable {
	t := &gramTable{}
	var entries []gramEntry
	var hashes []gramEntry
	for i, l := range patterns() {
		for _, alternative := range formsOf(l.LRE) {
			words := 0
			hashes, words = patternGrams(hashes[:0], alternative)
			sample := sampleGrams(hashes)
			for _, e := range sample {
				e.form = int32(len(t.forms))
				entries = append(entries, e)
			}
			t.forms = append(t.forms, form{pattern: i, grams: len(sample), words: words})
		}
	}
	t.sort(entries)
	return t
})

// sort puts the entries into their buckets.
func (t *gramTable) sort(entries []gramEntry) {
	t.start = make([]int32, gramBuckets+1)
	for _, e := range entries {
		t.start[e.hash>>(64-gramBits)+1]++
	}
	for i := range gramBuckets {
		t.start[i+1] += t.start[i]
	}
	next := append([]int32(nil), t.start...)
	t.entries = make([]gramEntry, len(entries))
	for _, e := range entries {
		b := e.hash >> (64 - gramBits)
		t.entries[next[b]] = e
		next[b]++
	}
}

// bucket returns the entries that may have the hash, and the place of the first.
func (t *gramTable) bucket(h gram) (entries []gramEntry, first int32) {
	b := h >> (64 - gramBits)
	return t.entries[t.start[b]:t.start[b+1]], t.start[b]
}

// sampleGrams leaves about gramSample grams, the same in every pattern that has
// them. It works in place.
func sampleGrams(hashes []gramEntry) []gramEntry {
	mask := gram(0)
	for n := len(hashes); n > gramSample; n /= 2 {
		mask = mask<<1 | 1
	}
	kept := hashes[:0]
	for _, e := range hashes {
		if e.hash&mask == 0 {
			kept = append(kept, e)
		}
	}
	return kept
}

// A wordHash is the hash of a word as licensecheck compares it: without case,
// and with some small words taken for others.
type wordHash uint64

const (
	fnvOffset = 14695981039346656037 // FNV-1a, 64 bits
	fnvPrime  = 1099511628211
)

// hashWord is for constants; nextWord hashes texts.
func hashWord(s string) wordHash {
	h, _, _ := nextWord(s)
	return h
}

// alike are the words that licensecheck takes for others, and these. They have
// maxAlike letters at most.
var alike = sync.OnceValue(func() map[wordHash]wordHash {
	m := map[wordHash]wordHash{}
	for _, pair := range [][2]string{
		{"are", "is"}, {"them", "it"}, {"they", "it"}, {"these", "the"}, {"this", "the"}, {"those", "the"}, {"copies", "copy"}, {"https", "http"},
	} {
		m[hashWord(pair[0])] = hashWord(pair[1])
	}
	return m
})

const minAlike, maxAlike = 3, 6

// nextWord returns the first word of s: its hash, and where it begins and ends.
// Both are the length of s if there is none.
func nextWord(s string) (h wordHash, start, end int) {
	for start < len(s) {
		_, n := letter(s[start:])
		if n > 0 {
			break
		}
		start -= n
	}
	h = fnvOffset
	for end = start; end < len(s); {
		r, n := letter(s[end:])
		if n <= 0 {
			break
		}
		h = (h ^ wordHash(r)) * fnvPrime
		end += n
	}
	return h, start, end
}

// letter returns the letter or digit, in lower case, that s begins with, and its
// length; the length is negative if it is something else.
func letter(s string) (rune, int) {
	switch c := s[0]; {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return rune(c), 1
	case 'A' <= c && c <= 'Z':
		return rune(c | 0x20), 1
	case c < utf8.RuneSelf:
		return 0, -1
	}
	r, n := utf8.DecodeRuneInString(s)
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return 0, -n
	}
	return unicode.ToLower(r), n
}

// A window makes grams of words that come one after the other.
type window struct {
	words [gramWords]wordHash
	n     int // words so far
	alike map[wordHash]wordHash
}

func newWindow() window { return window{alike: alike()} }

// add reports the gram that ends with a word of the given length, once there are
// enough words.
func (w *window) add(h wordHash, length int) (gram, bool) {
	if minAlike <= length && length <= maxAlike {
		if other, ok := w.alike[h]; ok {
			h = other
		}
	}
	copy(w.words[:], w.words[1:])
	w.words[gramWords-1] = h
	w.n++
	if w.n < gramWords {
		return 0, false
	}
	g := uint64(fnvOffset)
	for _, h := range w.words {
		g = (g ^ uint64(h)) * fnvPrime
		g ^= g >> 29
	}
	return gram(g), true
}
