// Package wording puts numbers and lists into English sentences.
//
// A noun is given in both numbers, since no rule makes "matrices" of "matrix",
// and so is what goes with it: "1 matrix was left out" is as easily said as
// "3 matrices were left out".
//
//	wording.Count(n, "matrix was", "matrices were") + " left out"
//	fmt.Sprintf("%d of %s %s", n, all, wording.Word(n, "is", "are"))
//
// Count and Word take "one" for the number one alone, "many" for all others, zero
// included: "0 files". Numbers that can be large and that nobody computes with
// have commas, with [Thousands] and [CountThousands].
//
// Texts come out as they were given: what comes from a document or a file is
// cleaned by who has it, before or after.
package wording

import (
	"fmt"
	"strings"
)

// Integer is a number of things.
type Integer interface {
	~int | ~int64 | ~uint64
}

// Word is the word that goes with n things: Word(n, "is", "are").
func Word[N Integer](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Count is a number with its noun: "1 matrix", "1200 matrices".
func Count[N Integer](n N, one, many string) string {
	return fmt.Sprintf("%d %s", n, Word(n, one, many))
}

// CountThousands is Count with commas: "1 token", "1,200 tokens".
func CountThousands[N Integer](n N, one, many string) string {
	return Thousands(n) + " " + Word(n, one, many)
}

// Thousands is a number with commas: "1,234,567".
func Thousands[N Integer](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Share is a part of a whole in percent: "84.9 %". "100 %" and "0 %" are all and
// none: what is not quite all or none never becomes it by rounding. What can be
// more than a whole, such as a distance, is rounded to whole percents there.
func Share(x float64) string {
	switch p := 100 * x; {
	case x >= 1:
		return fmt.Sprintf("%.0f %%", p)
	case x <= 0:
		return "0 %"
	case p > 99.9:
		return "99.9 %"
	case p < 0.1:
		return fmt.Sprintf("%.2g %%", p)
	default:
		return fmt.Sprintf("%.1f %%", p)
	}
}

// And lists what is all so: "a, b and c".
func And(items []string) string { return series(items, " and ") }

// Or lists what one of is so: "a, b or c".
func Or(items []string) string { return series(items, " or ") }

func series(items []string, last string) string {
	n := len(items) - 1
	if n < 1 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:n], ", ") + last + items[n]
}
