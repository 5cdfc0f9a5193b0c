package license

import (
	"strings"
	"testing"
)

// sample returns a text that a pattern of licensecheck matches: of alternatives
// the first, nothing for what may be left out, and no filling. Whole licences are
// needed by tests and are not kept in the repository.
func sample(t testing.TB, id string) string {
	t.Helper()
	for _, p := range patterns() {
		if p.ID == id {
			var b strings.Builder
			forms := formsOf(p.LRE)
			expand(&b, forms[len(forms)-1])
			return b.String()
		}
	}
	t.Fatalf("no pattern %s", id)
	return ""
}

// expand writes what stands outside of groups, and of each group that must be
// there the first alternative.
func expand(b *strings.Builder, lre string) {
	for {
		before, rest, found := strings.Cut(lre, "((")
		for _, w := range strings.Fields(before) {
			if !strings.HasPrefix(w, "__") {
				b.WriteString(w + " ")
			}
		}
		b.WriteString("\n")
		if !found {
			return
		}
		end, bar := groupEnd(rest)
		if after := rest[end+2:]; !strings.HasPrefix(after, "??") {
			expand(b, rest[:bar])
		}
		lre = strings.TrimPrefix(rest[end+2:], "??")
	}
}

// groupEnd returns where a group ends and where its first alternative does.
func groupEnd(s string) (end, bar int) {
	depth, bar := 0, -1
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "((":
			depth++
			i++
		case "||":
			if depth == 0 && bar < 0 {
				bar = i
			}
			i++
		case "))":
			if depth == 0 {
				if bar < 0 {
					bar = i
				}
				return i, bar
			}
			depth--
			i++
		}
	}
	return len(s) - 2, len(s) - 2
}

const isc = `ISC License

Copyright (c) 2024 Example

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the
above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY
DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION,
ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

const apacheNotice = `Copyright 2024 The Example Authors

Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0
`
