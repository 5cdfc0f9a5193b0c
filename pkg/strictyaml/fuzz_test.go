package strictyaml

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// FuzzLoad: exactly one of a node and errors; the errors are bounded, and what is
// loaded can be decoded, the same each time, with every name known once.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("name: A\nkind: accepted\nopen: true\nlist: [a, b]\nparts:\n  x: {name: B}\n  y:\n"))
	f.Add([]byte("{\"name\": \"A\", \"list\": [\"\\u202e\"], \"parts\": {\"x\": {\"open\": false}}}"))
	f.Add([]byte("---\nname: |\n  two\n  lines\n...\n"))
	f.Add([]byte("name: &a A\nkind: *a\n<<: {open: true}\n"))
	f.Add([]byte("name: !!str A\n---\nname: B\n"))
	f.Add([]byte("? [a]\n: {b: c}\n"))
	f.Add([]byte("\xff\xfen\x00:\x00 \x00A\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := Limits{Size: 1 << 16, Items: 50, Errors: 5}
		root, read, err := Load(bytes.NewReader(data), l)
		if (root == nil) == (err == nil) {
			t.Fatalf("%v and %v", root, err)
		}
		var list Errors
		if err != nil {
			if !errors.As(err, &list) || len(list) != 1 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if !bytes.Equal(read, data) {
			t.Fatal("the bytes are not those of the file")
		}
		d, again := &Decoder{Limits: l}, &Decoder{Limits: l}
		d.form(root, "the file")
		again.form(root, "the file")
		err = d.Err()
		if err != nil && (!errors.As(err, &list) || len(list) > l.Errors+1 || !d.Failed()) {
			t.Fatalf("%v", err)
		}
		if second := again.Err(); (err == nil) != (second == nil) || err != nil && err.Error() != second.Error() {
			t.Fatalf("%v, then %v", err, second)
		}
		if err == nil && twice(root) {
			t.Fatal("a key that is there twice is taken")
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\u202e\x00") {
			t.Fatalf("%q shows what a terminal would obey", err)
		}
	})
}

// twice looks for a key that is twice in the mapping that the tests decode.
func twice(n *yaml.Node) bool {
	seen := map[string]bool{}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if seen[n.Content[i].Value] {
			return true
		}
		seen[n.Content[i].Value] = true
	}
	return false
}
