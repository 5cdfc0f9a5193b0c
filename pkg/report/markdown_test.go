package report

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/modelbom/modelbom/e2e/browser/documents"
	"github.com/modelbom/modelbom/pkg/bom"
)

func markdownOf(t testing.TB, d *bom.Document, o MarkdownOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Markdown(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownText(t *testing.T) {
	for in, want := range map[string]string{
		"plain words, 99.5 % of 1,024 (chance 50 ± 0.2 %)": "plain words, 99.5 % of 1,024 (chance 50 ± 0.2 %)",
		"base/vlm trained-from":                            "base/vlm trained-from",
		"a_b *c* [x](y) <b> | `":                           "a\\_b \\*c\\* \\[x\\](y) \\<b\\> \\| \\`",
		"@everyone":                                        "`@everyone`",
		"see https://example.com/x.":                       "see `https://example.com/x`.",
		"www.example.com":                                  "`www.example.com`",
		"(config.json)":                                    "(`config.json`)",
		"fixes #12 and acme/x#3, GH-4":                     "fixes `#12` and `acme/x#3`, `GH-4`",
		"at 4f9a0c1 there":                                 "at `4f9a0c1` there",
		"deadbeef is a word of letters":                    "deadbeef is a word of letters",
		"- item":                                           "\\- item",
		"1. item":                                          "1\\. item",
		"2) item":                                          "2\\) item",
		"1.5 item":                                         "1.5 item",
		"---":                                              "--\\-",
		"===":                                              "==\\=",
		"-":                                                "-",
		"# head":                                           "\\# head",
		"a\nb\tc":                                          "a\\\\nb\\\\tc",
		"\x1b[31m":                                         "\\\\x1b\\[31m",
		"two  blanks":                                      "two blanks",
		"x|y@z":                                            "<code>x&#124;y&#64;z</code>",
		"`a`@b":                                            "<code>&#96;a&#96;&#64;b</code>",
		"$x$ :smile: &amp; ~~x~~ !1":                       "`$x$` `:smile:` `&amp`; `~~x~~` `!1`",
		"mailto:someone":                                   "`mailto:someone`",
		"<img src=x onerror=alert(1)>":                     "\\<img src=x onerror=alert(1)\\>",
		"[click](javascript:alert(1))":                     "\\[click\\](javascript:alert(1))",
		"모델 مرحبا 通义":                                      "모델 مرحبا 通义",
		"|---|":                                            "\\|---\\|",
		"\\|":                                              "\\\\\\|",
		"":                                                 "",
	} {
		if got := markdownText(in); got != want {
			t.Errorf("markdownText(%q) = %q, want %q", in, got, want)
		}
	}
}

// unmark reads text as CommonMark does: what stands in code, and what does not.
// It fails where a character could be markup.
func unmark(t *testing.T, s string) (all, outside string) {
	t.Helper()
	var both, out strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] < 0x80 && (unicode.IsPunct(rune(s[i+1])) || unicode.IsSymbol(rune(s[i+1]))):
			both.WriteByte(s[i+1])
			out.WriteByte(s[i+1])
			i += 2
		case s[i] == '`':
			n := strings.IndexByte(s[i+1:], '`')
			if n <= 0 {
				t.Fatalf("code that does not end in %q", s)
			}
			inner := s[i+1 : i+1+n]
			if strings.ContainsAny(inner, "|\\") || strings.TrimSpace(inner) != inner {
				t.Fatalf("code that a table breaks in %q", s)
			}
			both.WriteString(inner)
			out.WriteString("\ufffc")
			i += n + 2
		case strings.HasPrefix(s[i:], "<code>"):
			inner, rest, found := strings.Cut(s[i+len("<code>"):], "</code>")
			if !found || strings.ContainsAny(inner, "<>*_`[]|\\@:/") {
				t.Fatalf("markup in code in %q", s)
			}
			both.WriteString(html.UnescapeString(inner))
			out.WriteString("\ufffc")
			i = len(s) - len(rest)
		case strings.IndexByte("\\`*_[]<>|~&$^{}!#", s[i]) >= 0 || s[i] == '\n':
			t.Fatalf("%q stands unescaped in %q", s[i], s)
		default:
			both.WriteByte(s[i])
			out.WriteByte(s[i])
			i++
		}
	}
	return both.String(), out.String()
}

// links of hosts, told apart from the code under test.
var hostLinks = regexp.MustCompile(`(?i)@|//|www\.[^\s.,;)"']|(^|[^\w])gh-\d|#\w|mailto:|\b[0-9a-f]*\d[0-9a-f]{6,}\b|:[a-z0-9_+-]+:|\w\.[a-z]|\$\w`)

func checkMarkdownText(t *testing.T, in string) {
	t.Helper()
	written := markdownText(in)
	all, outside := unmark(t, written)
	if want := strings.Join(strings.Fields(bom.Clean(in)), " "); all != want {
		t.Errorf("%q is written as %q and read as %q", in, written, all)
	}
	if m := hostLinks.FindString(outside); m != "" {
		t.Errorf("%q is written as %q, where %q can become a link", in, written, m)
	}
	if regexp.MustCompile(`^([-+=]|\d+[.)])( |$)|^(-+|=+)$`).MatchString(written) && written != "-" {
		t.Errorf("%q is written as %q, which begins a block", in, written)
	}
	if c := markdownCode(in); c != "" {
		if all, outside := unmark(t, c); all != strings.Join(strings.Fields(bom.Clean(in)), " ") || outside != "\ufffc" {
			t.Errorf("%q is written as the code %q and read as %q", in, c, all)
		}
	}
}

func TestMarkdownAttacks(t *testing.T) {
	for _, a := range documents.Attacks {
		checkMarkdownText(t, a)
	}
}

func FuzzMarkdownText(f *testing.F) {
	for _, a := range documents.Attacks {
		f.Add(a)
	}
	for _, s := range []string{"- a", "1. a", "a@b.c", "x `` | \\` y", "#1", "abc1234", "::", "a.b", "(www.x.y)", "\"--\"", "'1.'", "é@", "&#64;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) { checkMarkdownText(t, in) })
}

// TestMarkdown checks the form of whole reports: rows have as many cells as
// their table, and every line begins as a line of ours.
func TestMarkdown(t *testing.T) {
	for name, d := range map[string]*bom.Document{
		"showcase": documents.Showcase(), "hostile": documents.Hostile(), "foreign": documents.Foreign(), "parts": documents.ManyParts(150), "nothing": {},
	} {
		for _, verbose := range []bool{false, true} {
			checkMarkdownForm(t, name, markdownOf(t, d, MarkdownOptions{Verbose: verbose}))
		}
	}
}

func checkMarkdownForm(t *testing.T, name, page string) {
	t.Helper()
	cells := 0
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		n := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|")
		if !strings.HasPrefix(line, "|") {
			cells = 0
			if n > 0 {
				t.Errorf("%s: a bar outside of tables: %.200q", name, line)
			}
		} else if cells == 0 {
			cells = n
		} else if n != cells {
			t.Errorf("%s: a row has %d bars, its table %d: %.200q", name, n, cells, line)
		}
		if bom.Clean(line) != line {
			t.Errorf("%s: a line is not clean: %.200q", name, line)
		}
		for _, tag := range regexp.MustCompile(`(^|[^\\])<[^>]*>?`).FindAllString(line, -1) {
			if !regexp.MustCompile(`^.?(<br>|<code>|</code>)$`).MatchString(tag) && !strings.Contains(line, "`") {
				t.Errorf("%s: a tag %q in %.200q", name, tag, line)
			}
		}
	}
}

func TestMarkdownSays(t *testing.T) {
	short, long := markdownOf(t, documents.Showcase(), MarkdownOptions{}), markdownOf(t, documents.Showcase(), MarkdownOptions{Verbose: true})
	for _, want := range []string{
		"# national-ai/haneul-vlm-32b 2.0\n", "Of its 9 parts with weights,", "**9** parts with weights",
		"| language-model | LicenseRef-llama3.1 | **trained-from** | strong | acme/base-32b (finetune) | LicenseRef-llama3.1 |",
		"> Language model: trained from acme/base-32b (language model).", "- What this does not show: Weights do not tell",
		"| 8 to 15 | 8 to 15 | 1.000, 0.998,", "| **high**<br>origin-contradicted |", "`https://huggingface.co/acme/base-32b`",
		"| LicenseRef-llama3.1 | **naming** | names of derivatives begin with \"Llama\" | section `1.b.i` |", "**absent-weights**<br>weights that are not there",
	} {
		if !strings.Contains(short, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(short, "overdispersion") || !strings.Contains(long, "overdispersion") {
		t.Error("the evidence is to be in the verbose report only")
	}
	if n := len(markdownOf(t, documents.ManyFiles(20000), MarkdownOptions{})); n > 65000 {
		t.Errorf("a report of many files has %d characters, more than fits into a comment", n)
	}
}
