package modelcard

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// st is a statement of the file "f".
func st(key, value string) Statement { return Statement{"f", key, value} }

// values are the values of a list, joined by spaces.
func values(list []Statement) string {
	var v []string
	for _, s := range list {
		v = append(v, s.Value)
	}
	return strings.Join(v, " ")
}

// wantProblems checks that there is one problem for each of the given pieces of
// text, in order, and no other.
func wantProblems(t *testing.T, got []Problem, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d: %q", len(got), len(want), got)
		return
	}
	for i, w := range want {
		if !strings.Contains(got[i].Key+": "+got[i].Reason, w) {
			t.Errorf("problem %d is %q, want %q", i, got[i], w)
		}
	}
}

// A counter counts the bytes that are read of an endless input.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// repeated is text over and over, size bytes of it.
func repeated(text string, size int64) io.Reader {
	return io.LimitReader(&loop{text: text}, size)
}

type loop struct {
	text string
	at   int
}

func (l *loop) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], l.text[l.at:])
		n += m
		l.at = (l.at + m) % len(l.text)
	}
	return n, nil
}

var errBroken = errors.New("broken")

// broken gives text and then an error.
func broken(text string) io.Reader {
	return io.MultiReader(strings.NewReader(text), errReader{})
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

// checkAll checks what holds for the result of every reader: statements say
// where they were written, and stay inside the limits.
func checkAll(t *testing.T, result any, problems []Problem) {
	t.Helper()
	walk(t, reflect.ValueOf(result))
	if len(problems) > maxProblems+1 {
		t.Fatalf("%d problems", len(problems))
	}
	for _, p := range problems {
		if p.Path != "f" || p.Reason == "" || len(p.Reason) > 4*maxKey || !utf8.ValidString(p.Key) || !utf8.ValidString(p.Reason) {
			t.Fatalf("problem %q", p)
		}
	}
}

func walk(t *testing.T, v reflect.Value) {
	if s, ok := v.Interface().(Statement); ok {
		if !s.IsZero() && (s.Path != "f" || s.Value == "" || len(s.Value) > MaxValue || !utf8.ValidString(s.Key) || !utf8.ValidString(s.Value)) {
			t.Fatalf("statement %q", s)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(t, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(t, v.Field(i))
		}
	}
}
