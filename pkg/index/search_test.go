package index

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

func mustFind(t testing.TB, x *Index, p *fingerprint.Part) *Found {
	t.Helper()
	f, err := x.Find(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func names(f *Found) (list []string) {
	for _, c := range f.Candidates {
		list = append(list, c.Entry.Name)
	}
	return list
}

// references fills an index with unrelated models of one architecture.
func references(t testing.TB, x *Index, n int) []*fingerprint.Part {
	t.Helper()
	var parts []*fingerprint.Part
	for i := range n {
		p := small.part(random(uint64(100 + i)))
		parts = append(parts, p)
		name := fmt.Sprintf("ref-%02d", i)
		mustAdd(t, x, entry(name, "llama", fmt.Sprintf("2024-01-%02d", n-i)), model(name, p))
	}
	return parts
}

// TestSearch plants relatives of one reference.
func TestSearch(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		x := openNew(t, location)
		refs := references(t, x, 20)
		origin := refs[7]
		r := random(1)
		for _, test := range []struct {
			name string
			part *fingerprint.Part
			z    float64 // expected, 0 when not aligned
		}{
			// Of 42 matrices of 1,024 bits, a share f flipped gives (1-2f)*sqrt(42*1024).
			{"the part itself", origin, 207},
			{"a quarter of the bits flipped", relative(r, origin, 0.25), 104},
			{"two fifths flipped", relative(r, origin, 0.4), 41},
			{"47 of 100 flipped", relative(r, origin, 0.47), 12},
			{"other names", renamed(relative(r, origin, 0.1)), 0},
			{"every other layer left out", everyOther(relative(r, origin, 0.1)), 0},
			{"transposed", transposedPart(relative(r, origin, 0.25)), 104},
			{"quantised: a third of the bits unused", unused(r, relative(r, origin, 0.25), 1.0/3), 85},
			{"eight windows of each matrix", sparse(relative(r, origin, 0.25)), 52},
			{"one tensor in another model", withTensor(small.part(r), origin.Tensors[3], 20), 0},
		} {
			f := mustFind(t, x, test.part)
			if len(f.Candidates) != 1 || f.Candidates[0].Entry.Name != "ref-07" || f.Left != 0 {
				t.Errorf("%s: found %v, and %d more", test.name, names(f), f.Left)
				continue
			}
			if c := f.Candidates[0]; test.z != 0 && math.Abs(c.Z-test.z) > 4 || c.Copies != 1 {
				t.Errorf("%s: %d copies, z = %.1f, want about %.0f", test.name, c.Copies, c.Z, test.z)
			}
		}
		self := mustFind(t, x, origin).Candidates[0]
		if self.Equal != 42 || !self.Same || self.Shapes != 1 || self.Part != "part:language-model" {
			t.Errorf("the part itself: %+v", self)
		}
		if one := mustFind(t, x, withTensor(small.part(r), origin.Tensors[3], 20)).Candidates[0]; one.Equal != 1 || one.Same {
			t.Errorf("one tensor: %+v", one)
		}
	})
}

func renamed(p *fingerprint.Part) *fingerprint.Part {
	for i := range p.Tensors {
		t := &p.Tensors[i]
		t.Name, t.Role, t.Layer = fmt.Sprintf("onnx::MatMul_%d", 1000-i), "", -1
	}
	return p
}

func everyOther(p *fingerprint.Part) *fingerprint.Part {
	p.Tensors = slices.DeleteFunc(p.Tensors, func(t fingerprint.TensorPrint) bool { return t.Layer%2 == 0 })
	for i := range p.Tensors {
		p.Tensors[i].Layer /= 2
	}
	return p
}

// transposedPart swaps what is stored with what is a view.
func transposedPart(p *fingerprint.Part) *fingerprint.Part {
	r := random(77)
	for i := range p.Tensors {
		t := &p.Tensors[i]
		original := t.Views[0]
		original.Transform = fingerprint.Transposed
		t.Views = []fingerprint.View{view(r, original.Cols, original.Rows), original}
	}
	return p
}

func unused(r interface{ Float64() float64 }, p *fingerprint.Part, share float64) *fingerprint.Part {
	for i := range p.Tensors {
		for k := range p.Tensors[i].Views[0].Windows {
			w := &p.Tensors[i].Views[0].Windows[k]
			for bit := range 32 {
				if r.Float64() < share {
					w.Used &^= 1 << bit
				}
			}
		}
	}
	return p
}

// sparse keeps what a fingerprint over the network has.
func sparse(p *fingerprint.Part) *fingerprint.Part {
	p.WeightsDigest = ""
	for i := range p.Tensors {
		t := &p.Tensors[i]
		t.Value, t.Payload = [32]byte{}, [32]byte{}
		t.Views[0].Windows = t.Views[0].Windows[:8]
	}
	return p
}

func withTensor(p *fingerprint.Part, t fingerprint.TensorPrint, at int) *fingerprint.Part {
	p.Tensors[at].Value, p.Tensors[at].Views = t.Value, t.Views
	return p
}

// TestPieces: a tensor that joins three is found by references that store them
// apart, and the other way round; stacked experts likewise.
func TestPieces(t *testing.T) {
	x := openNew(t, t.TempDir()+"/index.db")
	references(t, x, 5)
	apart := small.part(random(1))
	fused := relative(random(2), apart, 0.25)
	r := random(3)
	var tensors []fingerprint.TensorPrint
	for i := 0; i < len(fused.Tensors); i += 7 {
		k, q, v := fused.Tensors[i], fused.Tensors[i+2], fused.Tensors[i+3] // attention.o is between
		joined := matrix(r, fmt.Sprintf("h.%d.c_attn.weight", q.Layer), "attention.qkv", q.Layer, 3*768, 768)
		for n, piece := range []fingerprint.TensorPrint{q, k, v} {
			view := piece.Views[0]
			view.Transform = fmt.Sprintf("rows %d:%d", 768*n, 768*(n+1))
			joined.Views = append(joined.Views, view)
		}
		tensors = append(tensors, joined)
	}
	fused.Tensors = tensors
	mustAdd(t, x, entry("apart", "llama", ""), model("apart", apart))
	if f := mustFind(t, x, fused); !slices.Equal(names(f), []string{"apart"}) || math.Abs(f.Candidates[0].Z-68) > 4 {
		t.Errorf("joined, in references apart: %+v", f)
	}
	y := openNew(t, t.TempDir()+"/index.db")
	references(t, y, 5)
	mustAdd(t, y, entry("fused", "llama", ""), model("fused", fused))
	if f := mustFind(t, y, apart); !slices.Equal(names(f), []string{"fused"}) || math.Abs(f.Candidates[0].Z-68) > 4 {
		t.Errorf("apart, in references joined: %+v", f)
	}

	experts := &fingerprint.Part{Ref: "part:language-model"}
	stacked := matrix(r, "experts.down_proj", "mlp.down", 3, 8*512, 1024)
	for e := range 8 {
		single := matrix(r, fmt.Sprintf("experts.%d.down_proj", e), "mlp.down", 3, 512, 1024)
		single.Expert = e
		experts.Tensors = append(experts.Tensors, single)
		view := single.Views[0]
		view.Transform = fmt.Sprintf("expert %d", e)
		stacked.Views = append(stacked.Views, view)
	}
	mustAdd(t, y, entry("experts", "", ""), model("experts", experts))
	f := mustFind(t, y, &fingerprint.Part{Tensors: []fingerprint.TensorPrint{stacked}})
	if !slices.Equal(names(f), []string{"experts"}) || math.Abs(f.Candidates[0].Z-math.Sqrt(8*1024)) > 0.1 {
		t.Errorf("stacked experts: %+v", f)
	}
}

// TestUnrelated: what has nothing in common but its shapes is named as that, the
// earliest first, or not at all.
func TestUnrelated(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		x := openNew(t, location)
		references(t, x, 30)
		f := mustFind(t, x, small.part(random(1)))
		if want := []string{"ref-29", "ref-28", "ref-27", "ref-26"}; !slices.Equal(names(f), want) || f.Left != 26 {
			t.Errorf("found %v and %d more, want %v", names(f), f.Left, want)
		}
		for _, c := range f.Candidates {
			if c.Shapes != 1 || c.Equal != 0 || c.Z > minZ || c.Same {
				t.Errorf("a twin with %+v", c)
			}
		}
		other := architecture{hidden: 512, inner: 2048, layers: 4, prefix: "h."}
		if f := mustFind(t, x, other.part(random(1))); len(f.Candidates) != 0 {
			t.Errorf("other shapes: found %v", names(f))
		}
		half := small.part(random(1))
		half.Tensors = append(half.Tensors, other.part(random(2)).Tensors...)
		if f := mustFind(t, x, half); len(f.Candidates) != 0 {
			t.Errorf("two thirds of the shapes: found %v", names(f))
		}
		for _, p := range []*fingerprint.Part{{}, {WeightsDigest: "sha256:0"}, {Tensors: make([]fingerprint.TensorPrint, 3)}} {
			if f := mustFind(t, x, p); len(f.Candidates) != 0 {
				t.Errorf("an empty part: found %v", names(f))
			}
		}
	})
}

// TestOrder: the order of adding, removing and replacing is not seen in results.
func TestOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		r := random(1)
		origin := small.part(r)
		type added struct {
			e Entry
			m *fingerprint.Model
		}
		var all []added
		for i := range 12 {
			name := fmt.Sprint("m", i)
			p := small.part(r)
			if i < 5 {
				p = relative(r, origin, 0.1*float64(i))
			}
			if i == 5 || i == 6 {
				p = relative(random(9), origin, 0.3) // copies
			}
			all = append(all, added{entry(name, "f", fmt.Sprintf("20%02d-01-01", 10+i%3)), model(name, p)})
		}
		var want []Candidate
		var digest string
		for round := range 3 {
			x := openNew(t, location)
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, a := range all {
				wrong := a.e
				wrong.Released = "1999-01-01"
				mustAdd(t, x, wrong, a.m)
			}
			for _, a := range all {
				mustAdd(t, x, a.e, a.m)
			}
			got := append(mustFind(t, x, origin).Candidates, mustFind(t, x, small.part(random(3))).Candidates...)
			if round == 0 {
				want, digest = got, mustDigest(t, x)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Candidate{}, "Key")); diff != "" || len(got) != 11 {
				t.Errorf("round %d: %d results (-first +this):\n%s", round, len(got), diff)
			}
			if mustDigest(t, x) != digest {
				t.Error("digests differ")
			}
			for _, a := range all {
				if err := x.Remove(t.Context(), a.e.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestFlood: copies and near copies of one model leave room for another.
func TestFlood(t *testing.T) {
	x := openNew(t, t.TempDir()+"/index.db")
	r := random(1)
	a, b := small.part(r), small.part(r)
	for i := range 200 {
		name := fmt.Sprintf("copy-%03d", i)
		mustAdd(t, x, entry(name, "llama", ""), model(name, a))
	}
	mustAdd(t, x, entry("original", "llama", "2023-01-01"), model("original", a))
	mustAdd(t, x, entry("weaker", "llama", ""), model("weaker", b))
	half := relative(r, a, 0.05)
	other := relative(r, b, 0.05)
	for i := range half.Tensors {
		if half.Tensors[i].Layer >= 4 {
			half.Tensors[i] = other.Tensors[i]
		}
	}
	f := mustFind(t, x, half)
	if want := []string{"original", "copy-000", "copy-001", "copy-002", "weaker"}; !slices.Equal(names(f), want) || f.Candidates[0].Copies != 201 || f.Left != 0 {
		t.Errorf("found %v and %d more, %d copies, want %v", names(f), f.Left, f.Candidates[0].Copies, want)
	}
	for i := range 150 {
		name := fmt.Sprintf("near-%03d", i)
		mustAdd(t, x, entry(name, "llama", ""), model(name, relative(r, a, 0.01)))
	}
	f = mustFind(t, x, half)
	if len(f.Candidates) != maxCandidates || f.Left != 152-maxCandidates || f.Candidates[0].Entry.Name != "original" {
		t.Errorf("%d candidates and %d more, first %v", len(f.Candidates), f.Left, names(f)[:1])
	}
}

// TestCopies: a model that holds the same weights several times hides no other
// one, and what is asked about comes before what is older.
func TestCopies(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		x := openNew(t, location)
		r := random(1)
		p := small.part(r)
		p.WeightsDigest = "sha256:" + strings.Repeat("1", 64)
		var many []*fingerprint.Part
		for i := range 6 {
			q := clone(p)
			q.Ref = fmt.Sprintf("part:other:%d", i)
			many = append(many, q)
		}
		mustAdd(t, x, entry("many", "llama", "2020-01-01"), model("many", many...))
		for _, name := range []string{"e", "d", "c", "b", "a"} {
			mustAdd(t, x, entry(name, "llama", "202"+string('1'+name[0]-'a')+"-01-01"), model(name, p))
		}
		id := entry("e", "", "").ID
		bare := &fingerprint.Part{Ref: "part:other", WeightsDigest: p.WeightsDigest} // without matrices
		for _, test := range []struct {
			part  *fingerprint.Part
			first []string
			want  []string
		}{
			{relative(r, p, 0.05), nil, []string{"many", "a", "b", "c"}},
			{relative(r, p, 0.05), []string{id, "nobody/nothing"}, []string{"many", "a", "b", "e"}},
			{bare, nil, []string{"many", "a", "b", "c"}},
			{bare, []string{id}, []string{"e", "many", "a", "b"}},
		} {
			f, err := x.Find(t.Context(), test.part, test.first...)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(names(f), test.want) || f.Candidates[0].Copies != 6 {
				t.Errorf("%q first: found %v, %d copies, want %v", test.first, names(f), f.Candidates[0].Copies, test.want)
			}
		}
	})
}

// TestCommodity: a constant that unrelated families share does not count, one
// that a family shares does.
func TestCommodity(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		x := openNew(t, location)
		r := random(1)
		constant := matrix(r, "stft.basis", "", -1, 258, 256)
		with := func(p *fingerprint.Part, tensors ...fingerprint.TensorPrint) *fingerprint.Part {
			p.Tensors = append(p.Tensors, tensors...)
			return p
		}
		encoder := architecture{hidden: 768, inner: 3072, layers: 2, prefix: "encoder."}
		one := with(encoder.part(r), constant)
		mustAdd(t, x, entry("one", "a", ""), model("one", one))
		mustAdd(t, x, entry("one-tuned", "a", ""), model("one-tuned", withTensor(relative(r, one, 0.2), constant, len(one.Tensors)-1)))
		asked := with(encoder.part(r), constant)
		is := func() bool {
			common, err := x.Commodity(t.Context(), [][32]byte{constant.Value, one.Tensors[0].Value, {}})
			if err != nil {
				t.Fatal(err)
			}
			if common[one.Tensors[0].Value] || common[[32]byte{}] {
				t.Error("a trained tensor is commodity")
			}
			return common[constant.Value]
		}
		if is() {
			t.Error("commodity within one family")
		}
		f := mustFind(t, x, asked)
		if len(f.Candidates) != 2 || f.Candidates[0].Equal != 1 || f.Commodity != 0 {
			t.Errorf("before: %+v", f)
		}
		// A model of another family that took the whole encoder: still no commodity.
		mustAdd(t, x, entry("borrower", "b", ""), model("borrower", one))
		mustAdd(t, x, entry("changed-borrower", "c", ""), model("changed-borrower", withTensor(relative(r, one, 0.2), constant, len(one.Tensors)-1)))
		mustAdd(t, x, entry("unknown", "", ""), model("unknown", with(encoder.part(r), constant)))
		if is() {
			t.Error("commodity because it was borrowed with the rest")
		}
		mustAdd(t, x, entry("stranger", "d", ""), model("stranger", with(encoder.part(r), constant)))
		if !is() {
			t.Error("not commodity, though strangers share it")
		}
		f = mustFind(t, x, asked)
		if f.Commodity != 1 || len(f.Candidates) == 0 || f.Candidates[0].Equal != 0 || f.Candidates[0].Z > minZ {
			t.Errorf("after: %+v", f)
		}
		// What is related stays found.
		f = mustFind(t, x, one)
		if len(f.Candidates) < 2 || f.Candidates[0].Equal != 14 {
			t.Errorf("the model itself: %+v", f)
		}
		if err := x.Remove(t.Context(), "group/stranger"); err != nil {
			t.Fatal(err)
		}
		if is() {
			t.Error("commodity of a model that was removed")
		}
	})
}

// TestNulls is the calibration: z of unrelated models is that of chance.
func TestNulls(t *testing.T) {
	r := random(5)
	var sum, squares, worst float64
	const n = 400
	q := newQuery(small.part(r), nil)
	for range n {
		c, err := newContent(small.part(r))
		if err != nil {
			t.Fatal(err)
		}
		s := q.refine(c)
		z := s.aligned[stored].z()
		sum += z
		squares += z * z
		worst = max(worst, s.z())
		if s.hitsZ() != 0 || s.shapes != 42 {
			t.Errorf("%+v", s)
		}
	}
	if mean, sd := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.15 || sd < 0.9 || sd > 1.1 || worst > minZ {
		t.Errorf("mean %.3f, sd %.3f, largest %.2f", mean, sd, worst)
	}
}

func TestAgreement(t *testing.T) {
	a := make([]byte, 32)
	b := slices.Clone(a)
	b[5], b[31] = 0x0f, 0x80
	half := make([]byte, 32)
	for i := range 16 {
		half[i] = 0xff
	}
	for _, test := range []struct {
		usedA, usedB []byte
		want         tally
	}{
		{nil, nil, tally{256 - 10, 256}},
		{half, nil, tally{128 - 8, 128}},
		{nil, half, tally{128 - 8, 128}},
		{half, half, tally{128 - 8, 128}},
		{half, make([]byte, 32), tally{}},
	} {
		if got := agreement(a, b, test.usedA, test.usedB); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}
