package license

import (
	"strings"
)

const (
	// tagWord stands before the expression (SPDX 2.3, annex E).
	tagWord = "SPDX-License-Identifier:"
	// maxTags is how many tags of a file are read. A file has one, one that was
	// put together from others a few.
	maxTags = 100
)

// Tags finds the SPDX-License-Identifier lines of source code or of a text: one
// match for each that holds a licence expression which is understood, in its
// normal form, with the place of the tag and the expression. Comments may begin
// and end on the line in the manner of any language. Tags are meant to stand at
// the beginning of a file, so a caller may pass just that.
func Tags(data []byte) []Match {
	t, reason := decode(data)
	if reason != "" {
		return nil
	}
	found := tagsIn(t.string)
	for i := range found {
		found[i].Start, found[i].End = t.place(found[i].Start), t.place(found[i].End)
	}
	return found
}

func tagsIn(s string) []Match {
	var out []Match
	for i := 0; len(out) < maxTags; {
		n := strings.Index(s[i:], tagWord)
		if n < 0 {
			break
		}
		begin := i + n
		start := begin + len(tagWord)
		i = start + lineLength(s[start:])
		// One that is quoted, as in a program which writes tags, is none.
		if begin > 0 && strings.ContainsRune("\"'`<", rune(s[begin-1])) {
			continue
		}
		value := tagValue(s[start:i])
		if expression, ok := FromStatement(value); ok {
			end := start + strings.Index(s[start:i], value) + len(value)
			out = append(out, Match{Expression: expression, Kind: MatchTag, Start: begin, End: end, Coverage: 1})
		}
	}
	return out
}

func lineLength(s string) int {
	if n := strings.IndexAny(s, "\r\n"); n >= 0 {
		return n
	}
	return len(s)
}

// tagValue takes the end of a comment off.
func tagValue(line string) string {
	for _, end := range []string{"*/", "-->", "--}}", "#}", "%>", "-}", "*)", "|#", "\"\"\"", "\\n", "<"} {
		line, _, _ = strings.Cut(line, end)
	}
	return strings.Trim(line, " \t*#;%|\"'`")
}
