package modelcard

import (
	"strconv"
	"strings"
	"testing"
)

// BenchmarkReadTokenizer reads a vocabulary of 150,000 tokens with as many
// merges, the size of a large language model's.
func BenchmarkReadTokenizer(b *testing.B) {
	var s strings.Builder
	s.WriteString(`{"model": {"type": "BPE", "vocab": {"x": 0`)
	for i := 1; i < 150_000; i++ {
		s.WriteString(`, "token` + strconv.Itoa(i) + `": ` + strconv.Itoa(i))
	}
	s.WriteString(`}, "merges": ["a b"`)
	for i := 1; i < 150_000; i++ {
		s.WriteString(`, "to ken` + strconv.Itoa(i) + `"`)
	}
	s.WriteString(`]}}`)
	b.SetBytes(int64(s.Len()))
	b.ReportAllocs()
	for b.Loop() {
		t, problems, err := ReadTokenizer("tokenizer.json", strings.NewReader(s.String()))
		if err != nil || len(problems) > 0 || t.Vocabulary != 150_000 {
			b.Fatal(t, problems, err)
		}
	}
}
