package main

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// Every command, flag and exit code stands in the manual page, and nothing in a
// text is taken for a request of roff.
func TestManPage(t *testing.T) {
	page := manPage(newApp(nil, nil, nil))
	var walk func(name string, list []*cli.Command)
	walk = func(name string, list []*cli.Command) {
		for _, c := range list {
			if strings.Contains(page, "\n.SS "+roff(name+c.Name)+"\n") == c.Hidden {
				t.Errorf("%s%s: hidden is %v, but not in the page", name, c.Name, c.Hidden)
			}
			if c.Hidden {
				continue
			}
			for _, f := range c.Flags {
				if !strings.Contains(page, "\\fB"+roff(flagNames(f))+"\\fR") {
					t.Errorf("%s%s: no flag %s", name, c.Name, flagNames(f))
				}
			}
			walk(name+c.Name+" ", c.Subcommands)
		}
	}
	walk("modelbom ", newApp(nil, nil, nil).Commands)
	for line := range strings.SplitSeq(page, "\n") {
		word, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") &&
			!strings.Contains(" .TH .SH .SS .PP .TP .B .nf .fi ", " "+word+" ") {
			t.Errorf("the line %q is a request", line)
		}
	}
}

func TestRoff(t *testing.T) {
	for _, c := range [][2]string{
		{`--a\b`, `\-\-a\eb`}, {".git and\n.svn", "\\&.git and\n\\&.svn"}, {"'quoted'", `\&'quoted'`}, {"a.b", "a.b"},
	} {
		if got := roff(c[0]); got != c[1] {
			t.Errorf("roff(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	if got, want := manParagraph("Keys:\n  openssl -a\n  openssl -b\nand on"), "Keys:\n.nf\n  openssl \\-a\n  openssl \\-b\n.fi\nand on"; got != want {
		t.Errorf("a paragraph is %q, want %q", got, want)
	}
}
