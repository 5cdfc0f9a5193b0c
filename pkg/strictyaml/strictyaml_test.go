package strictyaml

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// A form is what the tests read: every kind of value once.
type form struct {
	Name, Kind string
	Open       bool
	List       []string
	Parts      map[string]form
}

// read reads a form within limits.
func read(text string, l Limits) (*form, error) {
	root, _, err := Load(strings.NewReader(text), l)
	if err != nil {
		return nil, err
	}
	d := &Decoder{Limits: l}
	f := d.form(root, "the file")
	d.Need(root, "the file", "name", "things are called something")
	if err := d.Err(); err != nil {
		return nil, err
	}
	return &f, nil
}

func (d *Decoder) form(n *yaml.Node, what string) form {
	var f form
	d.Mapping(n, what, map[string]Field{
		"name": func(key, n *yaml.Node) { f.Name, _ = d.Scalar(key, n) },
		"kind": d.Word(&f.Kind, []string{"accepted", "rejected"}), "open": d.Bool(&f.Open),
		"list": func(key, n *yaml.Node) {
			d.List(n, what+": list", 0, func(item *yaml.Node) {
				s, _ := d.Scalar(key, item)
				f.List = append(f.List, s)
			})
		},
		"parts": func(_, n *yaml.Node) {
			f.Parts = map[string]form{}
			d.Entries(n, "parts", func(key, value *yaml.Node) {
				if f.Parts[key.Value] = (form{}); !IsNull(value) {
					f.Parts[key.Value] = d.form(value, key.Value)
				}
			})
		},
	})
	return f
}

func TestRead(t *testing.T) {
	for text, want := range map[string]form{
		"name: NO\n": {Name: "NO"},
		"name: 1.10\nopen: true\nkind: accepted\n":       {Name: "1.10", Open: true, Kind: "accepted"},
		"name: 2026-01-31 # a day\nlist: [~, 0x10, yes]": {Name: "2026-01-31", List: []string{"~", "0x10", "yes"}},
		"{\"name\": \"A\", \"parts\": {\"x\": {}}}":      {Name: "A", Parts: map[string]form{"x": {}}},
		"name: A\nkind:\nlist: ~\nparts:\n  x:\n":        {Name: "A", Parts: map[string]form{"x": {}}}, // headings state nothing
		"name: A\nparts:\n  x: {name: B, open: false}\n": {Name: "A", Parts: map[string]form{"x": {Name: "B"}}},
		"---\nname: |\n  two\n  lines\n...\n# the end\n": {Name: "two\nlines\n"},
		"\xef\xbb\xbfname: A\n":                          {Name: "A"},
		"name: &anchor A\n":                              {Name: "A"}, // that nothing refers to
	} {
		got, err := read(text, Limits{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "the file says nothing",
		" \n":                                "the file says nothing",
		"# nothing\n":                        "the file says nothing",
		"null\n":                             "the file says nothing",
		"- 1\n":                              "line 1: the file has to be keys with values, not a list",
		"word\n":                             "line 1: the file has to be keys with values, not a word",
		"{}":                                 "line 1: the file has no name: things are called something",
		"name:\n":                            "line 1: the file has no name: things are called something",
		"name: A\nnam: B\n":                  `line 2: "nam" is no key of the file; did you mean "name"?`,
		"name: A\nowner: B\n":                `line 2: "owner" is no key of the file; the keys are kind, list, name, open, parts`,
		"name: A\nlits:\n":                   `line 2: "lits" is no key of the file; did you mean "list"?`,
		"name: A\nparts:\n  x:\n    nam: 1":  `line 4: "nam" is no key of x; did you mean "name"?`,
		"name: A\nname: B\n":                 `line 2: "name" is there twice in the file, first in line 1`,
		"name: A\nparts:\n  x:\n  x:\n":      `line 4: "x" is there twice in parts, first in line 3`,
		"name: &n A\nkind: *n\n":             "line 2: kind has to be a single value, not an alias, which this file cannot have",
		"name: A\nlist: &l [a]\nparts: *l\n": "line 3: parts has to be keys with values, not an alias, which this file cannot have",
		"<<: {name: A}\n":                    `line 1: "<<" is no key of the file`,
		"name: !!binary QQ==\n":              "line 1: name has to be a single value, not a value with a tag",
		"name: A\nlist: !!set {a}\n":         "line 2: the file: list has to be a list, not a value with a tag",
		"name: [A]\n":                        "line 1: name has to be a single value, not a list",
		"name: A\nlist: {a: b}\n":            "line 2: the file: list has to be a list, not keys with values",
		"name: A\n[a]: b\n":                  "line 2: a key of the file has to be a word, not a list",
		"name: A\nkind: acepted\n":           `line 2: kind "acepted" is none of accepted, rejected; did you mean "accepted"?`,
		"name: A\nkind: maybe\n":             `line 2: kind "maybe" is none of accepted, rejected`,
		"name: A\nopen: yes\n":               `line 2: open "yes" is neither true nor false`,
		"name: A\n---\nname: B\n":            "line 2: a second document begins; the file has to be one",
		"name: A\n  x: [\n":                  "this is no YAML: ",
		"name: A\nkind: \"\\e[31m\\u202e\"":  `kind "\x1b[31m\u202e" is none of`,
		"name: A\nlist: " + strings.Repeat("[", 100) + strings.Repeat("]", 100): "this is no YAML: ",
		"name: A\nlist: [" + strings.Repeat("a,", 2001) + "]\n":                 "line 2: the file: list has more than 2000 items",
		"name: A\nparts:\n" + strings.Repeat("  a: {}\n", 2001):                 "line 3: parts has more than 2000 keys",
		"name: A\nparts:\n" + strings.Repeat("  a: {}\n", 1<<15):                "the file has more than 65536 lines and values",
		"#" + strings.Repeat("x", 1<<20):                                        "the file is larger than 1048576 bytes",
		strings.Repeat("x", 200) + ": 1\n":                                      `"` + strings.Repeat("x", 119) + `…" is no key of the file`,
	} {
		f, err := read(text, Limits{})
		if f != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, %v; want an error with %q", text, f, err, want)
		}
	}
}

// All errors are told at once, in the order of their lines, and not without end.
func TestErrors(t *testing.T) {
	_, err := read("parts:\n  a: {nam: B}\n  b: 1\nkind: x\n", Limits{})
	want := `line 1: the file has no name: things are called something
line 2: "nam" is no key of a; did you mean "name"?
line 3: b has to be keys with values, not a word
line 4: kind "x" is none of accepted, rejected`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	for _, most := range []int{0, 3} {
		_, err = read("name: A\nlist: ["+strings.Repeat("[],", 100)+"]\n", Limits{Errors: most})
		var list Errors
		if most == 0 {
			most = 20
		}
		if !errors.As(err, &list) || len(list) != most+1 || list[most].Error() != "and more" {
			t.Errorf("%v", err)
		}
	}
	if _, _, err := Load(iotest.ErrReader(errors.New("the disk is gone")), Limits{}); err == nil || err.Error() != "the disk is gone" {
		t.Errorf("%v", err)
	}
}

// Every limit holds where it is set, and what is at the limit is taken.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		at, beyond string
		limits     Limits
		want       string
	}{
		"size":  {"name: A\n", "name: AB\n", Limits{Size: 8}, "the file is larger than 8 bytes"},
		"depth": {"name: A\nparts: {x: {}}\n", "name: A\nlist: [[[[[]]]]]\n", Limits{Depth: 3}, "this is no YAML: "},
		"marks": {"name: A\n", "name: A\nkind:\n", Limits{Marks: 2}, "more than 2 lines and values"},
		"items": {"name: A\nlist: [1, 2]\n", "name: A\nlist: [1, 2, 3]\n", Limits{Items: 2}, "the file: list has more than 2 items"},
		"keys":  {"name: A\nlist: []\n", "name: A\nlist: []\nkind:\n", Limits{Items: 2}, "the file has more than 2 keys"},
		"word":  {"name: A\nkind: accepted\n", "name: A\nkind: unheard\n", Limits{Word: 3}, `kind "un…" is none of`},
	} {
		if _, err := read(c.at, c.limits); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := read(c.beyond, c.limits); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, _, err := Load(strings.NewReader("a: 1"), Limits{}); err != nil {
		t.Error(err)
	}
}

// Aliases are refused before anything is expanded.
func TestAliasBomb(t *testing.T) {
	bomb := "name: A\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'i'; c++ {
		before := "*" + string(c-1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat(before+",", 9), ",") + "]\n"
	}
	start := time.Now()
	if _, err := read(bomb, Limits{}); err == nil || time.Since(start) > time.Minute {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func ExampleDecoder() {
	root, _, err := Load(strings.NewReader("name: base\nlicense: MIT\n"), Limits{Size: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	var d Decoder
	var name, licence string
	text := func(to *string) Field {
		return func(key, value *yaml.Node) { *to, _ = d.Scalar(key, value) }
	}
	d.Mapping(root, "the model", map[string]Field{"name": text(&name), "licence": text(&licence)})
	fmt.Println(d.Err())
	// Output: line 2: "license" is no key of the model; did you mean "licence"?
}
