// Package nearest finds the word that somebody may have meant.
package nearest

// maxLength bounds the words that are compared, in bytes.
const maxLength = 100

// Word is the one of words with at most two edits to the given word, and no more
// than half of its letters, or "" when there is none. Of several the first of the
// nearest counts.
func Word(word string, words []string) string {
	if len(word) > maxLength {
		return ""
	}
	best, at := 3, ""
	for _, w := range words {
		if d := distance(word, w); d < best && d <= max(len(w)/2, 1) {
			best, at = d, w
		}
	}
	return at
}

// distance is the Levenshtein distance of two short words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			c := diagonal
			if a[i] != b[j] {
				c = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], c
		}
	}
	return row[len(b)]
}
