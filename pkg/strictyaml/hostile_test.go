package strictyaml

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestHostile: the worst files of the permitted size end soon, with an error,
// and take a bounded amount of memory.
func TestHostile(t *testing.T) {
	const size = 1 << 20
	fill := func(unit string) string {
		marks := len(unit) - len(strings.Map(func(r rune) rune {
			if strings.ContainsRune("\n,:?[{-", r) {
				return -1
			}
			return r
		}, unit))
		return strings.Repeat(unit, min(size/len(unit), 1<<16/(marks+1)))
	}
	for name, text := range map[string]string{
		"keys":         "name: 1\nparts:\n" + fill("  x: \n"),
		"flow":         "a: [" + fill("{},") + "]",
		"brackets":     fill("["),
		"braces":       fill("{"),
		"questions":    fill("? "),
		"dashes":       fill("- "),
		"one word":     "nam: " + strings.Repeat("x", size-20),
		"quoted":       "nam: \"" + strings.Repeat("\\u2028", size/6-20) + "\"",
		"open quote":   "nam: \"" + strings.Repeat("x ", size/2-20),
		"block":        "nam: |\n" + strings.Repeat("  "+strings.Repeat("x", 60)+"\n", 16000),
		"comments":     strings.Repeat("#"+strings.Repeat("x", 60)+"\n", 16000),
		"spaces":       "a:" + strings.Repeat(" ", size-10) + "b",
		"tabs":         strings.Repeat("\t", size-10),
		"anchors":      "a: [" + fill("&a ") + "]",
		"long anchor":  "a: &" + strings.Repeat("a", size-10),
		"documents":    fill("---\n"),
		"directives":   fill("%YAML 1.2\n"),
		"long key":     strings.Repeat("k", size-10) + ": 1",
		"zeros":        strings.Repeat("\x00", size),
		"utf-16":       "\xff\xfe" + strings.Repeat("a\x00", size/2-1),
		"invalid":      strings.Repeat("\xff", size),
		"unknown keys": "nam: 1\nproducer: {" + fill("x: 1,") + "}}",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		f, err := read(text, Limits{})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
		if f != nil || err == nil {
			t.Errorf("%s is taken", name)
		}
		if took > time.Minute || allocated > 400 {
			t.Errorf("%s took %v and %d MiB", name, took, allocated)
		}
		if len(err.Error()) > 10_000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
		t.Logf("%s: %v, %d MiB: %.100q", name, took, allocated, err)
	}
}
