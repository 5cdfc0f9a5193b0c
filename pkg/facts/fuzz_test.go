package facts

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
)

// FuzzRead: exactly one of facts and errors; facts are clean and short, and can be
// applied to any document, with the same outcome each time.
func FuzzRead(f *testing.F) {
	f.Add([]byte(whole(f)))
	f.Add(Template(document()))
	f.Add([]byte("version: 1\nproducer: {name: \"a|b\\\\c\", country: KR}\nrelease: {time: 2026-01-31}\n"))
	f.Add([]byte("version: 1\nproducer: &a {name: x}\nmodel: *a\n"))
	f.Add([]byte("version: 1\nexceptions: [{rule: r, part: model, expires: 2026-01-01, reason: x, approved-by: b}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(bytes.NewReader(data))
		if (got == nil) == (err == nil) {
			t.Fatalf("%v and %v", got, err)
		}
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || len(list) == 0 || len(list) > 21 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		texts(t, reflect.ValueOf(got))
		first, second := document(), document()
		problems := Apply(first, got, source)
		if err := first.Validate(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(problems, Apply(second, got, source)) + cmp.Diff(first, second); diff != "" {
			t.Fatal(diff)
		}
		for _, c := range first.Components {
			short(t, c.Properties)
		}
		short(t, first.Properties)
		if len(problems) < len(first.Findings)+len(first.Gaps) {
			t.Fatalf("%d problems, %d findings, %d gaps", len(problems), len(first.Findings), len(first.Gaps))
		}
	})
}

// short expects values that no platform cuts.
func short(t *testing.T, list []bom.Property) {
	for _, p := range list {
		if n := utf8.RuneCountInString(p.Value); n > bom.MaxText || strings.HasSuffix(p.Value, "…") && n == bom.MaxText {
			t.Fatalf("%s has %d characters", p.Name, n)
		}
	}
}

// texts expects that every string in facts is clean.
func texts(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); bom.Clean(s) != s || utf8.RuneCountInString(s) > 2*maxText {
			t.Fatalf("%q", s)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			texts(t, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(t, v.Field(i))
		}
	}
}
