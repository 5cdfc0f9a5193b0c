package codec

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// legalText replaces what is not UTF-8 and what XML 1.0 (section 2.2) refuses
// by U+FFFD.
func legalText(s string) string {
	if strings.IndexFunc(s, illegal) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if illegal(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

func illegal(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// sanitise makes every text of a document legal, in place, and records a loss
// for each component that had one. One walk over the library's structures costs
// less than care in every line that fills them.
func (w *cdxWriter) sanitise(b *cdx.BOM) {
	byName := make(map[string]bom.Ref, len(w.refs))
	for ref, name := range w.refs {
		byName[name] = ref
	}
	s := sanitiser{replaced: func(owner string) {
		w.lose(byName[owner], "text", "characters that cannot be written are replaced")
	}}
	s.walk(reflect.ValueOf(b))
}

type sanitiser struct {
	owner    string // bom-ref of the component around
	replaced func(owner string)
}

// walk follows pointers, slices and structures. The structures are our own, as
// deep as maxNested makes them.
func (s *sanitiser) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			s.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.walk(v.Index(i))
		}
	case reflect.Struct:
		defer func(owner string) { s.owner = owner }(s.owner)
		if c, ok := v.Addr().Interface().(*cdx.Component); ok && c.BOMRef != "" {
			s.owner = c.BOMRef
		}
		for i := range v.NumField() {
			s.walk(v.Field(i))
		}
	case reflect.String:
		if text := v.String(); v.CanSet() && legalText(text) != text {
			v.SetString(legalText(text))
			s.replaced(s.owner)
		}
	}
}

// A uniquer makes names unique by a number. It remembers the last number of a
// name, so that many equal names cost no more than their count.
type uniquer map[string]int

// name returns want, or want#2, want#3 ..., whichever is not taken.
func (u uniquer) name(want string, taken func(string) bool) string {
	name := want
	for n := max(u[want], 1); taken(name); {
		n++
		u[want] = n
		name = want + "#" + strconv.Itoa(n)
	}
	return name
}
