package pickle

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// runString runs a pickle that begins its file.
func runString(s string) *Program { return Run(strings.NewReader(s), 0, int64(len(s))) }

// The values that Python 3.11 unpickles from these programs, which it wrote or
// accepts, in Python's own notation but for double quotes.
func TestValues(t *testing.T) {
	tests := []struct{ pickle, want string }{
		{"N.", "None"},
		{"\x80\x02\x88.", "True"},
		{"I01\n.", "True"},
		{"I00\n.", "False"},
		{"I-42\n.", "-42"},
		{"L12345678901234567890123L\n.", "12345678901234567890123"},
		{"K\xff.", "255"},
		{"M\x00\x80.", "32768"},
		{"J\xfe\xff\xff\xff.", "-2"},
		{"\x80\x02\x8a\x02\x00\x80.", "-32768"},
		{"\x80\x02\x8a\x00.", "0"},
		{"\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", "9223372036854775808"},
		{"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "119547037146038801333356"},
		{"\x80\x02\x8b\x01\x00\x00\x00\x80.", "-128"},
		{"F1.5\n.", "1.5"},
		{"G\xc0\x02\x00\x00\x00\x00\x00\x00.", "-2.25"},
		{"S'a\\'b\\x41\\101\\n'\n.", `"a'bAA\n"`},
		{"V\\u00e9\xe9\\U0001f600\\x\n.", `"éé😀\\x"`},
		{"X\x02\x00\x00\x00\xc3\xa9.", `"é"`},
		{"C\x02a\x00.", `b"a\x00"`},
		{"\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00z.", `b"z"`},
		{"(K\x01K\x02K\x03t.", "(1, 2, 3)"},
		{"K\x01\x85.", "(1,)"},
		{").", "()"},
		{"(lp0\nI1\naI2\na.", "[1, 2]"},
		{"](K\x01N)e.", "[1, None, ()]"},
		{"(dp0\nS'a'\nI1\ns.", `{"a": 1}`},
		{"}(K\x01K\x02K\x03K\x04u.", "{1: 2, 3: 4}"},
		{"(K\x01K\x02d.", "{1: 2}"},
		{"\x80\x04\x8f(K\x05\x90.", "{5}"},
		{"\x80\x04(K\x05\x91.", "{5}"},
		{"K\x01(K\x021.", "1"},
		{"K\x01K\x020.", "1"},
		{"K\x01(0.", "1"},
		{"]2\x86.", "([], [])"},
		{"ccollections\nOrderedDict\n)R.", "collections.OrderedDict()"},
		{"c__builtin__\nunicode\n.", "builtins.str"},
		{"\x80\x03c__builtin__\nunicode\n.", "__builtin__.unicode"},
		{"P123\n.", `persistent "123"`},
		{"K\x07Q.", "persistent 7"},
		{"\x80\x02\x82\x05.", "extension 5"},
	}
	for _, test := range tests {
		p := runString(test.pickle)
		if p.Err != nil {
			t.Errorf("%q: %v", test.pickle, p.Err)
			continue
		}
		if got := Describe(p.Root); got != test.want || p.End != int64(len(test.pickle)) {
			t.Errorf("%q: %s up to %d, want %s", test.pickle, got, p.End, test.want)
		}
	}
}

// What cannot be run says why, and where.
func TestErrors(t *testing.T) {
	tests := []struct {
		pickle string
		want   error
		offset int64
	}{
		{"", ErrTruncated, 0},
		{"N", ErrTruncated, 1},
		{".", ErrMalformed, 0},
		{"N\xff.", ErrMalformed, 1},
		{"NR.", ErrMalformed, 1},
		{"(NR.", ErrMalformed, 2},
		{"Nt.", ErrMalformed, 1},
		{"}(N" + "u.", ErrMalformed, 3},
		{"h\x00.", ErrMalformed, 0},
		{"g-1\n.", ErrMalformed, 0},
		{"Ix\n.", ErrMalformed, 0},
		{"Fx\n.", ErrMalformed, 0},
		{"Sx\n.", ErrMalformed, 0},
		{"I1", ErrTruncated, 1},
		{"\x80\x06.", ErrUnsupported, 0},
		{"B\xff\xff\xff\xff", ErrTruncated, 0},
		{"\x80\x04\x8e\x00\x00\x00\x00\x00\x01\x00\x00", ErrTruncated, 2},
		{"T\xff\xff\xff\xff.", ErrTruncated, 0},
		{"\x80\x02\x8b\xff\xff\xff\xff.", ErrMalformed, 2},
		{"(o.", ErrMalformed, 1},
	}
	for _, test := range tests {
		p := runString(test.pickle)
		if p.Root != nil || !errors.Is(p.Err, test.want) || p.Err.Offset != test.offset {
			t.Errorf("%q: %v, %v, want %v at %d", test.pickle, p.Root, p.Err, test.want, test.offset)
		}
	}
}

// Shared and cyclic values keep their identity.
func TestIdentity(t *testing.T) {
	p := runString("]q\x00(h\x00h\x00e.")
	l, ok := p.Root.(*List)
	if !ok || len(l.Items) != 2 || l.Items[0] != Value(l) || l.Items[1] != Value(l) {
		t.Errorf("%v, %v", p.Root, p.Err)
	}
	if got := Describe(l); len(got) > maxDescription+3 {
		t.Errorf("%d bytes", len(got))
	}
}

// State, items and entries of objects are kept with what they belong to.
func TestObject(t *testing.T) {
	p := runString("\x80\x02cm\nC\n)\x81K\x01aK\x02K\x03s}b.")
	o, ok := p.Root.(*Object)
	if !ok || CallName(o.Class) != "m.C" || o.Op != NewObj || o.Offset != 8 {
		t.Fatalf("%v, %v", p.Root, p.Err)
	}
	if len(o.Items()) != 1 || len(o.Entries()) != 1 || len(o.State()) != 1 || o.Entries()[0] != (Entry{Int(2), Int(3)}) {
		t.Errorf("%v %v %v", o.Items(), o.Entries(), o.State())
	}
}

// Long strings stay in the file.
func TestBlob(t *testing.T) {
	s := "\x80\x03B\x00\x00\x02\x00" + strings.Repeat("x", 2<<16) + "."
	p := runString(s)
	if b, ok := p.Root.(*Blob); !ok || *b != (Blob{BlobBytes, 7, 2 << 16}) {
		t.Errorf("%v, %v", p.Root, p.Err)
	}
	s = "V" + strings.Repeat("x", MaxKept+1) + "\n."
	if b, ok := runString(s).Root.(*Blob); !ok || *b != (Blob{BlobText, 1, MaxKept + 1}) {
		t.Errorf("%v", b)
	}
	s = "V" + strings.Repeat("x", MaxKept) + "\n."
	if v := runString(s).Root; v != Value(Text(strings.Repeat("x", MaxKept))) {
		t.Errorf("%T", v)
	}
}

// A pickle may stand anywhere in a file, and ends with its STOP.
func TestBegin(t *testing.T) {
	file := []byte("junk\x80\x02K\x05.K\x06.")
	p := Run(bytes.NewReader(file), 4, int64(len(file)))
	if p.Root != Value(Int(5)) || p.End != 9 || p.Protocol != 2 || len(p.Records) != 0 {
		t.Errorf("%+v", p)
	}
	if p := Run(bytes.NewReader(file), 99, int64(len(file))); p.Err == nil || p.Root != nil {
		t.Errorf("%+v", p)
	}
}
