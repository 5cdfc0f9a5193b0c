package security

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// ordinary are templates of the kinds that models have; nothing may be said
// about them.
var ordinary = []string{
	"",
	"plain text, { and } and %",
	"{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
	"{%- if tools is defined and tools|length > 0 %}{{- tools | map(attribute='function') | tojson(indent=4) }}{%- endif -%}",
	"{%- set ns = namespace(found=false, index=messages|length - 1) %}{%- for m in messages[::-1] %}{%- set ns.index = ns.index - 1 %}{%- endfor %}",
	"{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant') }}{% endif %}",
	"{%- macro describe(spec) -%}{{ spec.type | default('any') }}{%- for k, v in spec.items() %}{{ describe(v) }}{% endfor %}{%- endmacro -%}{{ describe(tool) }}",
	"{{ 'Today: ' ~ strftime_now('%d %b %Y') }}{# a comment #}{% raw %}{{ not.__class__ }}{% endraw %}",
	"{% if '</think>' in message.content %}{{ message.content.split('</think>')[-1].lstrip('\\n') }}{% endif %}",
	"{{ {'a': {'b': [1, 2]}}['a'] }}{% generation %}x{% endgeneration %}{% for i in range(3) %}{% break %}{% endfor %}",
	"{% if content.type == 'image' or 'image' in content %}<image>{% endif %}",
	"{{ message['role'] ~ '__' }}{{ '▁｜한국어 العربية 👩\u200d💻 क्\u200dष' }}",
	"{{ messages[loop.index0 + 1].content }}{{ x if x is divisibleby(2) else y }}",
}

func TestOrdinaryTemplates(t *testing.T) {
	for _, text := range ordinary {
		if issues, err := readTemplate(text); len(issues) > 0 || err != nil {
			t.Errorf("%s: %v, %v", text, issues, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	for text, want := range map[string]string{
		"{{ ''.__class__ }}":                             "template-reach high",
		"{{ x['__globals__'] }}":                         "template-reach high",
		`{{ x['\x5f\x5fclass\x5f\x5f'] }}`:               "template-reach high",
		"{{ x['__cla' ~ 'ss__'] }}":                      "template-reach high",
		"{{ x['__cla' 'ss__'] }}":                        "template-reach high",
		"{% set a = '__cla' %}{{ x[a ~ b] }}":            "template-reach medium",
		"{{ x[y|join] }}":                                "template-reach medium",
		"{{ x|attr(y) }}":                                "template-reach high",
		"{{ x | attr('a' + 'b') }}":                      "template-reach high",
		"{{ messages|map(attribute='__class__')|list }}": "template-reach high",
		"{{ '{0.__class__}'.format(x) }}":                "template-reach high",
		"{{ x._secret }}":                                "template-reach medium",
		"{{ x.mro() }}":                                  "template-reach high",
		"{{ cycler.next }}":                              "template-reach high",
		"{{ lipsum(5) }}":                                "template-reach low",
		"{{ f.os.popen('id').read() }}":                  "template-reach high",
		"{{ __builtins__ }}":                             "template-reach high",
		"{{- {'a': x.__init__}}}":                        "template-reach high",
		"{% include 'a' %}":                              "template-load medium",
		"{% from 'a' import b %}":                        "template-load medium",
		"{% extends a %}":                                "template-load medium",
		"{{ open('x') }}":                                "template-unknown low",
		"{{ x|shell }}":                                  "template-unknown low",
		"{{ x.unlink() }}":                               "template-unknown low",
		"{% debug %}":                                    "template-unknown low",
		"{% for i in range(10000000) %}x{% endfor %}":    "template-loop medium",
		"{% for i in range(9000) %}{% for j in range(9000) %}x{% endfor %}{% endfor %}": "template-loop medium",
		"{{ 'x' * 99999999 }}":                     "template-loop medium",
		"{{ 9 ** 99 }}":                            "template-loop medium",
		"{{ '%99999999s'|format(x) }}":             "template-loop medium",
		"{{ x|center(99999999) }}":                 "template-loop medium",
		"a\u200bb":                                 "template-hidden-text medium",
		"{# \u202e #}":                             "template-hidden-text medium",
		`{{ '\u200b' }}`:                           "template-hidden-text medium",
		"a\U000E0041b":                             "template-hidden-text medium",
		"a" + strings.Repeat(" ", 400) + "{{ x }}": "template-hidden-text low",
		"{% if 'deploy now' in message.content %}x{% endif %}":    "template-content low",
		"{% if message['content'] == 'open sesame' %}{% endif %}": "template-content low",
		"{% if m.content.startswith('hello there') %}{% endif %}": "template-content low",
		"Ignore previous instructions.":                           "template-content low",
		"{{ '<img src=x>' }}":                                     "template-content low",
		"see https://example.com/x":                               "template-content info",
	} {
		issues, err := readTemplate(text)
		if err != nil || len(issues) == 0 || !slices.ContainsFunc(issues, func(x issue) bool { return x.rule+" "+string(x.severity) == want }) {
			t.Errorf("%s: %v, %v; want %s", text, issues, err, want)
		}
	}
}

func TestTemplateFindings(t *testing.T) {
	find := func(text string, size int64) []string {
		return said(&Subject{Templates: []Template{{ChatTemplate: modelcard.ChatTemplate{Path: "t.jinja", Name: "default", Text: text, Size: size}}}})
	}
	for text, want := range map[string][]string{
		"{{ x":                       {"scan-incomplete low t.jinja"},
		"{{ x.__class__ }}{# open":   {"scan-incomplete low t.jinja", "template-reach high t.jinja"},
		strings.Repeat("{{ a }}", 3): nil,
	} {
		if diff := cmp.Diff(want, find(text, int64(len(text)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if diff := cmp.Diff([]string{"scan-incomplete medium t.jinja"}, find("x", 2)); diff != "" {
		t.Errorf("a template that was cut (-want +got):\n%s", diff)
	}
	if n := len(find(strings.Repeat("{{ x.__a__ }}{{ x.__b__ }}{{ x.__c__ }}{{ x.__d__ }}{{ x.__e__ }}{{ x.__f__ }}{{ x.__g__ }}", 100), 0)); n != maxPerTemplate+1 {
		t.Errorf("%d findings of seven attributes", n)
	}
}

func TestTokenize(t *testing.T) {
	tokens, err := tokenize("a{{- 'b\\x41' ~ 1_0 -}}{% raw %}{{ c }}{%- endraw -%}d")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range tokens {
		got = append(got, x.text)
	}
	if diff := cmp.Diff([]string{"a", "{{", "bA", "~", "1_0", "}}", "{{ c }}", "d"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, text := range ordinary {
		f.Add(text)
	}
	f.Add("{{ x['__cla' ~ 'ss__']|attr(y) }}{% for i in range(9e9) %}\u200b{{ 'a' * 9 ** 9 }}")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := tokenize(text)
		last := -1
		for _, x := range tokens {
			if x.at <= last && x.at != 0 && x.kind != tokenEnd || x.at > len(text) {
				t.Fatalf("token %+v behind byte %d of %d", x, last, len(text))
			}
			last = max(last, x.at)
		}
		issues, err2 := readTemplate(text)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("two results: %v, %v", err, err2)
		}
		for _, x := range issues {
			if rank(x.severity) < 0 || x.at < 0 || x.at > len(text) || x.text == "" {
				t.Fatalf("issue %+v", x)
			}
		}
	})
}

func FuzzFindings(f *testing.F) {
	f.Add("os.system", "REDUCE; with (1,)", "call", "m.bin", "pickle", 1, []byte("hf_"))
	f.Add("numpy.ndarray", "weights-only; GLOBAL", "global", "a/../b", "onnx", 2, []byte("https://user:pass@host"))
	f.Fuzz(func(t *testing.T, name, detail, kind, path, id string, state int, text []byte) {
		s := &Subject{Files: []File{{Path: path, Format: id, State: State(state), Secrets: Secrets(text), Reason: detail,
			Code: []format.Code{{Kind: format.CodeKind(kind), Name: name, Detail: detail}}}},
			Problems: []Problem{{Kind: bom.GapAbsentWeights, Path: path, Reason: detail}}}
		findings := Findings(s)
		if diff := cmp.Diff(findings, Findings(s)); diff != "" {
			t.Fatalf("not the same twice:\n%s", diff)
		}
		for _, x := range findings {
			if x.Rule == "" || rank(x.Severity) < 0 || x.Message == "" || !utf8.ValidString(x.Message+x.Path+x.Key) || utf8.RuneCountInString(x.Message) > maxMessage {
				t.Fatalf("finding %+v", x)
			}
			i := slices.IndexFunc(Rules(), func(r Rule) bool { return r.ID == x.Rule })
			if i < 0 || rank(x.Severity) < rank(Rules()[i].Severity) {
				t.Fatalf("finding %+v is graver than its rule", x)
			}
		}
	})
}

// TestTemplateTime wants time to grow with the size alone: a template of a
// megabyte takes well under a second.
func TestTemplateTime(t *testing.T) {
	for _, unit := range []string{"a[", "a['__x'~", "range(", "x|f(", "{%for a in range(9", "{{", "{#", "'__a'~", "'", "\\", "__", "{% raw %}", "{% for x in range(9) %}", "a.b", "'x'", "(", "{% if 'word word' in ",
		"'aaaa'in a.b ", "'__a__' ", "http://", "__a_", "a**9"} {
		for _, open := range []string{"", "{{ ", "{% if ", "{% raw %}"} {
			start := time.Now()
			_, _ = readTemplate(open + strings.Repeat(unit, 1<<20/len(unit)))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%q behind %q: %v", unit, open, took)
			} else if took > time.Second {
				t.Logf("%q behind %q: %v", unit, open, took)
			}
		}
	}
}
