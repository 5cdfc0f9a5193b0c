package bom

import (
	"slices"
	"strings"
	"testing"
)

func TestJoinFields(t *testing.T) {
	for _, c := range []struct {
		fields []string
		want   string
	}{
		{nil, ""},
		{[]string{"", ""}, ""},
		{[]string{"a"}, "a"},
		{[]string{"a", "b c", "d"}, "a | b c | d"},
		{[]string{"a", "", "d", ""}, "a |  | d"},
		{[]string{"", "b"}, " | b"},
		{[]string{`a|b`, `c\`, `\|`}, `a\|b | c\\ | \\\|`},
		{[]string{"a ", " b"}, "a  |  b"},
	} {
		given := slices.Clone(c.fields)
		if got := JoinFields(c.fields...); got != c.want {
			t.Errorf("JoinFields(%q) = %q, want %q", c.fields, got, c.want)
		}
		if !slices.Equal(given, c.fields) {
			t.Errorf("the fields became %q", c.fields)
		}
	}
}

func TestSplitFields(t *testing.T) {
	for _, c := range []struct {
		value string
		n     int
		want  []string
	}{
		{"", 0, []string{""}},
		{"", 2, []string{"", ""}},
		{"a | b | c", 0, []string{"a", "b", "c"}},
		{"a | b | c", -1, []string{"a", "b", "c"}},
		{"a | b | c", 1, []string{"a | b | c"}},
		{"a | b | c", 2, []string{"a", "b | c"}},
		{"a | b | c", 3, []string{"a", "b", "c"}},
		{"a | b", 4, []string{"a", "b", "", ""}},
		{`a\|b | c\\ | \\\|`, 3, []string{`a|b`, `c\`, `\|`}},
		{`a | b \| c`, 1, []string{`a | b | c`}},
		// Of others.
		{"a | | b", 3, []string{"a", "", "b"}},
		{"a | | | b", 0, []string{"a", "", "", "b"}},
		{"| b", 2, []string{"", "b"}},
		{"a |", 2, []string{"a", ""}},
		{"|", 2, []string{"", ""}},
		{"a|b | c", 2, []string{"a|b", "c"}},
		{"a| b |c", 2, []string{"a| b |c", ""}},
		{"||", 3, []string{"||", "", ""}},
		{`C:\dir | d\`, 2, []string{`C:\dir`, `d\`}},
	} {
		if got := SplitFields(c.value, c.n); !slices.Equal(got, c.want) {
			t.Errorf("SplitFields(%q, %d) = %q, want %q", c.value, c.n, got, c.want)
		}
	}
}

// FuzzFields: what is joined comes back, and a value that is split is n fields
// whose bytes are all from the value.
func FuzzFields(f *testing.F) {
	for _, seed := range [][3]string{{"Kim", "2026-01-10", "accepted"}, {"a|b", `c\`, ` | `}, {" ", "", "  "}, {"|", "||", `\|`}, {"", "", "x"}, {"\xff", "모", "\n"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		fields := []string{a, b, c}
		joined := JoinFields(a, b, c)
		if got := SplitFields(joined, 3); !slices.Equal(got, fields) {
			t.Fatalf("%q became %q and %q", fields, joined, got)
		}
		for len(fields) > 1 && fields[len(fields)-1] == "" {
			fields = fields[:len(fields)-1]
		}
		if got := SplitFields(joined, 0); !slices.Equal(got, fields) {
			t.Fatalf("%q became %q and %q", fields, joined, got)
		}
		for n := range 5 {
			got := SplitFields(a, n)
			if n > 0 && len(got) != n {
				t.Fatalf("%d fields, not %d: %q", len(got), n, got)
			}
			rest := a
			for _, field := range got {
				for i := range len(field) {
					at := strings.IndexByte(rest, field[i])
					if at < 0 {
						t.Fatalf("%q has bytes that %q has not", got, a)
					}
					rest = rest[at+1:]
				}
			}
			again := SplitFields(JoinFields(got...), max(n, len(got)))
			if !slices.Equal(again, got) {
				t.Fatalf("%q, and again %q", got, again)
			}
		}
	})
}
