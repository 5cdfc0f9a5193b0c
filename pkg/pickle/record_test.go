package pickle

import (
	"strings"
	"testing"
)

// find returns the record of a kind and name, or nil.
func find(p *Program, kind Kind, name string) *Record {
	for i := range p.Records {
		if p.Records[i].Kind == kind && p.Records[i].Name == name {
			return &p.Records[i]
		}
	}
	return nil
}

// What a pickle would import, call and build is recorded under the name that
// Python 3 gives it, with its place.
func TestRecords(t *testing.T) {
	tests := []struct {
		pickle string
		kind   Kind
		name   string
		op     string
		offset int64
		count  int
	}{
		{"cos\nsystem\n(S'id'\ntR.", KindGlobal, "os.system", "GLOBAL", 0, 1},
		{"cos\nsystem\n(S'id'\ntR.", KindCall, "os.system", "REDUCE", 19, 1},
		{"(S'id'\nios\nsystem\n.", KindCall, "os.system", "INST", 7, 1},
		{"(cos\nsystem\nS'id'\no.", KindCall, "os.system", "OBJ", 18, 1},
		{"\x80\x02cos\nsystem\nU\x02id\x85\x81.", KindCall, "os.system", "NEWOBJ", 18, 1},
		{"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85}\x92.", KindCall, "os.system", "NEWOBJ_EX", 21, 1},
		{"\x80\x04\x8c\x02os\x94h\x00\x8c\x06system\x93.", KindAnomaly, "values left on the stack", "", 18, 1},
		{"c__builtin__\neval\n.", KindGlobal, "builtins.eval", "GLOBAL", 0, 1},
		{"ccommands\ngetoutput\n.", KindGlobal, "subprocess.getoutput", "GLOBAL", 0, 1},
		{"cm\nf\n)R0cm\nf\n)R.", KindCall, "m.f", "REDUCE", 6, 2},
		{"\x80\x02cm\nC\n)\x81}b.", KindBuild, "m.C", "BUILD", 10, 1},
		{"\x80\x02\x84\x00\x01\x00\x00)R.", KindExtension, "extension 256", "EXT4", 2, 1},
		{"\x80\x02\x83\x00\x01.", KindExtension, "extension 256", "EXT2", 2, 1},
		{"cbuiltins\ngetattr\n(cos\npath\nS'system'\ntR(S'x'\ntR.", KindCall, "os.path.system", "REDUCE", 47, 1},
		{"cbuiltins\ngetattr\n(cbuiltins\n__import__\n(S'os'\ntRS'system'\ntR(S'id'\ntR.", KindCall, "os.system", "REDUCE", 69, 1},
		{"cpkgutil\nresolve_name\n(S'os:system'\ntR(S'id'\ntR.", KindCall, "os.system", "REDUCE", 46, 1},
		{"coperator\nattrgetter\n(S'system'\ntR(cos\n__doc__\ntR.", KindGlobal, "os.__doc__.system", "REDUCE", 48, 1},
		{"\x80\x04NN\x93.", KindAnomaly, "STACK_GLOBAL of what is no text", "", 4, 1},
		{"\x80\x02\x80\x02N.", KindAnomaly, "repeated PROTO", "", 2, 1},
		{"N\x80\x020N.", KindAnomaly, "misplaced PROTO", "", 1, 1},
		{"\x80\x04\x95\x00\x00\x00\x00\x00\x01\x00\x00N.", KindAnomaly, "FRAME beyond the end", "", 2, 1},
		{"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01K\x020.", KindAnomaly, "nothing", "", 0, 0},
		{"\x80\x04\x95\x01\x00\x00\x00\x00\x00\x00\x00K\x01.", KindAnomaly, "opcode across the end of a FRAME", "", 11, 1},
		{"Nq\x000]q\x00.", KindAnomaly, "memo overwritten", "", 5, 1},
		{"Nr\xff\xff\xff\xff.", KindAnomaly, "far memo index", "", 1, 1},
		{"c\xd0\xbes\nsystem\n.", KindAnomaly, "odd global name", "", 0, 1},
		{"}]Ns.", KindAnomaly, "unhashable key", "", 3, 1},
		{"NNb.", KindAnomaly, "BUILD of what is no new object", "", 2, 1},
		{"\x80\x05\x97.", KindAnomaly, "buffer outside of the pickle", "", 2, 1},
		{"((.", KindAnomaly, "marks left on the stack", "", 0, 0},
		{"N(.", KindAnomaly, "marks left on the stack", "", 0, 0},
		{"(N(t.", KindAnomaly, "marks left on the stack", "", 4, 1},
		{"cm\nf\nNR.", KindAnomaly, "arguments that are no tuple", "", 6, 1},
	}
	for _, test := range tests {
		p := runString(test.pickle)
		r := find(p, test.kind, test.name)
		if test.count == 0 {
			if r != nil {
				t.Errorf("%q: %+v", test.pickle, r)
			}
			continue
		}
		if r == nil {
			t.Errorf("%q: no %s %q in %+v, %v", test.pickle, test.kind, test.name, p.Records, p.Err)
		} else if r.Op != test.op || r.Offset != test.offset || r.Count != test.count {
			t.Errorf("%q: %+v, want %s at %d, %d times", test.pickle, r, test.op, test.offset, test.count)
		}
	}
}

// A sane pickle has no anomalies.
func TestNoAnomaly(t *testing.T) {
	p := runString("\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94.")
	if len(p.Records) != 2 || p.Err != nil || Describe(p.Root) != "collections.OrderedDict()" {
		t.Errorf("%+v", p)
	}
}

// What a broken pickle does before it breaks is recorded.
func TestBroken(t *testing.T) {
	p := runString("cos\nsystem\n(S'id'\ntR\xff")
	if p.Err == nil || p.Err.Offset != 20 || find(p, KindCall, "os.system") == nil {
		t.Errorf("%+v", p)
	}
}

// Pickles inside of byte strings are run too, and only what looks like one.
func TestNested(t *testing.T) {
	inner := "\x80\x02cos\nsystem\nU\x02id\x85R."
	for _, s := range []string{
		"\x80\x03C\x14" + inner + ".",
		"U\x14" + inner + ".",
		"\x80\x03B\x17\x00\x00\x00C\x14" + inner + "..",
		"c_codecs\nencode\n(V\\u0080\x02cos\\u000asystem\\u000aU\x02id\\u0085R.\nVlatin1\ntR.",
		"S'cos\\nsystem\\n(S\"id\"\\ntR.'\n.",
	} {
		p := runString(s)
		r := find(p, KindCall, "os.system")
		if want := !strings.Contains(s, "B\x17"); (r != nil) != want {
			t.Errorf("%q: %+v, %v", s, p.Records, p.Err)
		} else if r != nil && (!r.Nested || find(p, KindAnomaly, "pickle inside of a byte string") == nil) {
			t.Errorf("%q: %+v", s, p.Records)
		}
	}
	p := runString("\x80\x03C\x04\x80\x02\xff\xff.")
	if p.Err != nil || len(p.Records) != 0 {
		t.Errorf("%+v", p)
	}
	p = runString("\x80\x03C\x14" + inner + ".")
	if r := find(p, KindGlobal, "os.system"); r == nil || r.Offset != 6 {
		t.Errorf("%+v", p.Records)
	}
	deep := inner
	for range MaxNesting + 2 {
		deep = "\x80\x03B" + string([]byte{byte(len(deep)), 0, 0, 0}) + deep + "."
	}
	p = runString(deep)
	if p.Err != nil || find(p, KindAnomaly, "pickles nested too deep") == nil {
		t.Errorf("%+v", p)
	}
}
