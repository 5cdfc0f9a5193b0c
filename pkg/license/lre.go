package license

import "strings"

// This file reads as much of licensecheck's pattern language as is needed to
// know which words a pattern has: "//** ... **//" is a comment, "((", "))",
// "))??" and "||" group, "__5__" stands for up to five words.

// formsOf cuts a pattern at the bars of a group around all of it, and returns
// its alternatives; most patterns have no such group and are one.
func formsOf(lre string) []string {
	body, depth, start := strings.TrimSpace(withoutComments(lre)), 0, 2
	if !strings.HasPrefix(body, "((") {
		return []string{body}
	}
	var out []string
	for i := 0; i+1 < len(body); i++ {
		switch body[i : i+2] {
		case "((":
			depth++
			i++
		case "||":
			if depth == 1 {
				out = append(out, body[start:i])
				start = i + 2
			}
			i++
		case "))":
			depth--
			if depth == 0 && i+2 < len(body) {
				return []string{body}
			}
			i++
		}
	}
	return append(out, strings.TrimSuffix(body[start:], "))"))
}

func withoutComments(lre string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(lre, "//**")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, lre, _ = strings.Cut(rest, "**//")
	}
}

// headComment is the comment that a pattern begins with, if it does: the names
// and addresses of the licence.
func headComment(lre string) string {
	rest, found := strings.CutPrefix(strings.TrimSpace(lre), "//**")
	if !found {
		return ""
	}
	comment, _, _ := strings.Cut(rest, "**//")
	return comment
}

// patternGrams appends the grams of a pattern's runs of fixed words, and counts
// these words.
func patternGrams(out []gramEntry, pattern string) (grams []gramEntry, words int) {
	w := newWindow()
	for pattern != "" {
		h, start, end := nextWord(pattern)
		between := pattern[:start]
		wild := strings.HasSuffix(between, "__") && strings.HasPrefix(pattern[end:], "__")
		if wild || breaks(between) {
			w.n = 0
		}
		if start < end && !wild {
			words++
			if g, ok := w.add(h, end-start); ok {
				out = append(out, gramEntry{hash: g, word: int32(words)})
			}
		}
		pattern = pattern[end:]
	}
	return out, words
}

// breaks reports whether something else than one word can follow another.
func breaks(between string) bool {
	for i := 0; i+1 < len(between); i++ {
		switch between[i] {
		case '(', ')', '|', '_':
			if between[i] == between[i+1] {
				return true
			}
		}
	}
	return false
}
