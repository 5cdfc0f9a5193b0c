package nearest

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	words := []string{"generate", "diff", "or", "name"}
	for word, want := range map[string]string{
		"genrate": "generate", "generate": "generate", "dif": "diff", "nam": "name", "ro": "", "o": "or", "gnrt": "", "": "",
		strings.Repeat("x", maxLength+1): "",
	} {
		if got := Word(word, words); got != want {
			t.Errorf("Word(%q) = %q, want %q", word, got, want)
		}
	}
}
