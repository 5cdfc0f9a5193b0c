package security

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// told lists what statements hold as "kind key value".
func told(s *Statements) (list []string) {
	for _, r := range s.References {
		list = append(list, fmt.Sprintf("code %s %s|%s|%s", r.Key, r.Repository, r.File, r.Class))
	}
	for _, t := range s.Templates {
		list = append(list, fmt.Sprintf("template %s %s", t.Key, t.Text))
	}
	for _, c := range s.Code {
		list = append(list, "import "+c.Detail+" "+c.Name)
	}
	for _, k := range s.Trusts {
		list = append(list, "trust "+k)
	}
	for _, o := range s.Outside {
		list = append(list, "outside "+o)
	}
	return list
}

func TestStatements(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		want             []string
	}{
		{"auto_map", "config.json", `{"auto_map": {"AutoModel": "a.b.C", "AutoTokenizer": ["t.T", null]}}`, []string{"code auto_map.AutoModel |a/b.py|C", "code auto_map.AutoTokenizer[0] |t.py|T"}},
		{"twice", "config.json", `{"auto_map": {"M": "a.A"}, "auto_map": {"M": "b.B"}}`, []string{"code auto_map.M |a.py|A", "code auto_map.M |b.py|B"}},
		{"text", "config.json", `{"auto_map": "a.A"}`, []string{"code auto_map |a.py|A"}},
		{"deep", "x.json", `{"a": [{"auto_map": {"M": "o/r--a.A"}}]}`, []string{"code a[0].auto_map.M o/r|a.py|A"}},
		{"odd", "x.json", `{"auto_map": {"M": "no class"}}`, []string{"code auto_map.M ||"}},
		{"escaped", "x.json", `{"auto_m\u0061p": {"M": "a.A"}}`, []string{"code auto_map.M |a.py|A"}},
		{"pipelines", "config.json", `{"custom_pipelines": {"t": {"impl": "p.P", "type": "text"}}}`, []string{"code custom_pipelines.t.impl |p.py|P"}},
		{"generate", "generation_config.json", `{"custom_generate": "o/r"}`, []string{"code custom_generate o/r|custom_generate/generate.py|"}},
		{"template", "processor_config.json", `{"chat_template": "{{ x }}"}`, []string{"template chat_template {{ x }}"}},
		{"templates", "t.json", `{"chat_template": [{"name": "n", "template": "\ud83d\ude00"}], "x": {"chat_template": {"rag": "y"}}}`, []string{"template chat_template[0].template 😀", "template x.chat_template.rag y"}},
		{"trust", "modules.json", `[{"trust_remote_code": true}, {"trust_remote_code": false}, {"trust_remote_code": "true"}]`, []string{"trust [0].trust_remote_code"}},
		{"library", "adapter_config.json", `{"auto_mapping": {"parent_library": "evil.x"}}`, []string{"import auto_mapping.parent_library evil.x"}},
		{"known library", "adapter_config.json", `{"auto_mapping": {"parent_library": "transformers.models"}}`, nil},
		{"pipeline", "model_index.json", `{"_class_name": ["my", "P"], "unet": ["mine", "U"], "vae": ["diffusers", "V"], "x": ["os", "y"]}`,
			[]string{"code _class_name[0] |my.py|_class_name", "code unet[0] |unet/mine.py|unet", "import x[0] os"}},
		{"activation", "2_Dense/config.json", `{"activation_function": "os.abort"}`, []string{"import activation_function os.abort"}},
		{"cross encoder", "config.json", `{"sbert_ce_default_activation_function": "evil.f", "sentence_transformers": {"activation_fn": "os.abort"}}`,
			[]string{"import sbert_ce_default_activation_function evil.f", "import sentence_transformers.activation_fn os.abort"}},
		{"router", "router_config.json", `{"types": {"0_X": "os.system"}}`, []string{"import types.0_X os.system"}},
		{"module type", "modules.json", `[{"type": "os.system"}]`, []string{"import [0].type os.system"}},
		{"own functions", "2_Dense/config.json", `{"activation_function": "torch.nn.modules.activation.Tanh", "activation_fn": "gelu", "type": "a.b"}`, nil},
		{"other lists", "x.json", `{"unet": ["mine", "U"]}`, nil},
		{"modules", "modules.json", `[{"path": "../x"}, {"path": "1_Pooling"}, {"path": "/etc"}]`, []string{"outside [0].path: ../x", "outside [2].path: /etc"}},
		{"nothing", "config.json", `{"a": NaN, "b": [1, -Infinity, null], "auto_map": {}, "automap": "a.B"}`, nil},
		{"broken", "config.json", `{"auto_map": {"M": "a.A"}, `, []string{"code auto_map.M |a.py|A"}},
		{"not JSON", "config.json", `auto_map`, nil},
	} {
		s := ReadStatements("d/"+test.file, []byte(test.text))
		if diff := cmp.Diff(test.want, told(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if s.Whole == (test.name == "broken") {
			t.Errorf("%s: whole is %v", test.name, s.Whole)
		}
	}
	wide := utf16.Encode([]rune(`{"auto_map": "a.A"}`))
	text := []byte("\xff\xfe")
	for _, u := range wide {
		text = append(text, byte(u), byte(u>>8))
	}
	if got := told(ReadStatements("c.json", text)); !slices.Equal(got, []string{"code auto_map |a.py|A"}) {
		t.Errorf("UTF-16: %q", got)
	}
}

// What is stated is judged.
func TestStatementFindings(t *testing.T) {
	for text, want := range map[string][]string{
		`{"trust_remote_code": true}`:                        {"remote-code low x.json trust_remote_code"},
		`{"auto_mapping": {"parent_library": "os"}}`:         {"config-import high x.json os"},
		`{"auto_mapping": {"parent_library": "evil.thing"}}`: {"config-import low x.json evil.thing"},
		`{"a": `:                       {"scan-incomplete info x.json statements"},
		`{"a": 1, "chat_template": 1}`: nil,
	} {
		s := &Subject{Files: []File{{Path: "x.json", Stated: ReadStatements("x.json", []byte(text))}}}
		if diff := cmp.Diff(want, said(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	s := &Subject{Files: []File{{Path: "modules.json", Stated: ReadStatements("modules.json", []byte(`[{"path": "../x"}]`))}}}
	if diff := cmp.Diff([]string{"path-escape high modules.json [0].path: ../x"}, said(s)); diff != "" {
		t.Error(diff)
	}
}

// A file cannot make its findings as many as it likes.
func TestStatementsBounds(t *testing.T) {
	text := `{"auto_map": [` + strings.Repeat(`"a.A",`, 100_000) + `"b.B"]}`
	if s := ReadStatements("c.json", []byte(text)); len(s.References) != maxStated || !s.Whole || !s.More {
		t.Errorf("%d references", len(s.References))
	} else if got := said(&Subject{Files: []File{{Path: "c.json", Stated: s}}}); !slices.Equal(got, []string{"scan-incomplete medium c.json statements"}) {
		t.Errorf("%q", got)
	}
	s := ReadStatements("c.json", []byte(strings.Repeat("[", 1<<20)))
	if got := said(&Subject{Files: []File{{Path: "c.json", Stated: s}}}); s.Whole || !slices.Equal(got, []string{"scan-incomplete medium c.json statements"}) {
		t.Errorf("a nesting without end: whole %v, %q", s.Whole, got)
	}
}

func FuzzStatements(f *testing.F) {
	for _, s := range []string{`{"auto_map": {"M": "a--b.C"}, "chat_template": "x\u00e9\ud83d"}`, `[{"path": "../x", "trust_remote_code": true}]`, "\xff\xfe{\x00}\x00", `{"a": NaN}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := ReadStatements("model_index.json", data)
		if n := len(told(s)); n > maxStated {
			t.Errorf("%d statements", n)
		}
		Findings(&Subject{Files: []File{{Path: "a.json", Stated: s}}})
	})
}
