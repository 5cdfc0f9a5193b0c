package index

import (
	"cmp"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// The simulated population. Architectures are as frequent as Zipf's law has it:
// the k-th most common one has 1/k the models of the first. The query's is the
// first: of 1,000 architectures it has 13 in 100 models. Widths are taken from a
// few that are common, so that different architectures share shapes, as real
// ones do. Each model has 400 matrices, seven a layer in four shapes, and an
// embedding and an output of the vocabulary's size.
const (
	simulatedArchitectures = 1000
	simulatedMatrices      = 400
)

// simulated is the k-th architecture: its shapes and how many matrices of each.
func simulated(k int) []simulatedShape {
	r := rand.New(rand.NewPCG(uint64(k), 7))
	hidden := uint64(4096)
	inner, kv, vocabulary := uint64(14336), uint64(1024), uint64(128256)
	if k > 0 {
		widths := []uint64{768, 1024, 1536, 2048, 2560, 3072, 3584, 4096, 5120, 8192}
		hidden = widths[r.IntN(len(widths))]
		inner = hidden * uint64(5+r.IntN(12)) / 2
		kv = hidden / []uint64{1, 4, 8}[r.IntN(3)]
		vocabulary = 1000 * uint64(30+r.IntN(120))
	}
	shapes := map[shape]int{}
	for i := range simulatedMatrices - 2 {
		switch i % 7 {
		case 0, 3:
			shapes[shape{hidden, hidden}]++ // queries, output
		case 1, 2:
			shapes[shape{hidden, kv}]++
		case 4, 5:
			shapes[shape{hidden, inner}]++
		case 6:
			shapes[shape{inner, hidden}]++
		}
	}
	shapes[shape{hidden, vocabulary}] += 2
	var list []simulatedShape
	for s, n := range shapes {
		list = append(list, simulatedShape{s, n})
	}
	slices.SortFunc(list, func(a, b simulatedShape) int {
		return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(a.height, b.height))
	})
	return list
}

type simulatedShape struct {
	shape
	count int
}

// simulate is the content of a model of random weights. Of one shape, tensors
// have the keys 1, 2, ...
func simulate(r *rand.Rand, shapes []simulatedShape) *content {
	c := &content{}
	for _, s := range shapes {
		g := group{shape: s.shape, keys: make([]byte, 0, 4*s.count), signs: make([]byte, fullSize*s.count)}
		for i := range s.count {
			g.keys = binary.LittleEndian.AppendUint32(g.keys, uint32(i+1))
			c.values = append(c.values, r.Uint64())
		}
		for i := 0; i < len(g.signs); i += 8 {
			binary.LittleEndian.PutUint64(g.signs[i:], r.Uint64())
		}
		c.groups = append(c.groups, g)
	}
	slices.Sort(c.values)
	c.seal(r)
	return c
}

// seal gives a content a random number instead of one from its digest.
func (c *content) seal(r *rand.Rand) {
	c.data = c.encode()
	c.digest = randomDigest(r)
	c.id = int64(binary.BigEndian.Uint64(c.digest[:]))
}

// descendant flips a share of the bits of a content.
func (c *content) descendant(r *rand.Rand, share float64) *content {
	d := &content{}
	for _, g := range c.groups {
		g.signs = slices.Clone(g.signs)
		for i := 0; i < len(g.signs); i += 4 {
			binary.LittleEndian.PutUint32(g.signs[i:], binary.LittleEndian.Uint32(g.signs[i:])^flips(r, share))
		}
		d.groups = append(d.groups, g)
	}
	for range c.values {
		d.values = append(d.values, r.Uint64())
	}
	slices.Sort(d.values)
	d.seal(r)
	return d
}

// queryOf is a content as a part in question, with transposed views of random
// bits, as real parts have them.
func queryOf(r *rand.Rand, c *content) *query {
	q := &query{prefix: map[shape]*side{}, full: map[shape]*side{}, values: c.values}
	both := func(s shape) (*side, *side) {
		if q.prefix[s] == nil {
			q.prefix[s], q.full[s] = new(side), new(side)
			q.shapes = append(q.shapes, s)
		}
		return q.prefix[s], q.full[s]
	}
	number := 0
	for _, g := range c.groups {
		signs, _ := g.prefixes()
		p, f := both(g.shape)
		p.lanes = append(p.lanes, lane{1<<stored | 1<<arranged | 1<<rotary, g.keys, signs, nil})
		f.lanes = append(f.lanes, lane{1<<stored | 1<<arranged | 1<<rotary, g.keys, g.signs, nil})
		p.stored, f.stored = g.count(), g.count()
		q.matrices += g.count()
		turned := simulate(r, []simulatedShape{{shape{g.height, g.width}, g.count()}}).groups[0]
		short, _ := turned.prefixes()
		tp, tf := both(turned.shape)
		tp.lanes = append(tp.lanes, lane{1 << transposed, turned.keys, short, nil})
		tf.lanes = append(tf.lanes, lane{1 << transposed, turned.keys, turned.signs, nil})
		for range min(2, g.count()) {
			if number < maxProbes {
				i := r.IntN(g.count())
				p.probes = append(p.probes, probe{number, one(signs, i, prefixSize), nil})
				f.probes = append(f.probes, probe{number, one(g.signs, i, fullSize), nil})
				tp.probes = append(tp.probes, probe{number, one(short, i, prefixSize), nil})
				tf.probes = append(tf.probes, probe{number, one(turned.signs, i, fullSize), nil})
				number++
			}
		}
	}
	return q
}

// A population is a simulated index with two relatives of the query in it.
type population struct {
	*Index
	query   *query
	tensors int // matrices in it
	shared  int // matrices whose shape the query has
	seconds float64
}

// populate writes what a search reads of a model, in few transactions.
func populate(b testing.TB, location string, tensors int, same bool) *population {
	b.Helper()
	start := time.Now()
	p := &population{Index: openNew(b, location)}
	r := random(uint64(tensors))
	origin := simulate(r, simulated(0))
	p.query = queryOf(r, origin)
	wanted := map[shape]bool{}
	for _, s := range p.query.shapes {
		wanted[s] = true
	}
	harmonic := 0.0
	for k := range simulatedArchitectures {
		harmonic += 1 / float64(k+1)
	}
	models := tensors / simulatedMatrices
	architectures := map[int][]simulatedShape{}
	var s *session
	var w *bulk
	for i := range models {
		if i%500 == 0 {
			if s != nil {
				w.close(b)
				if err := s.tx.Commit(); err != nil {
					b.Fatal(err)
				}
			}
			tx, err := p.db.Begin()
			if err != nil {
				b.Fatal(err)
			}
			s = &session{ctx: b.Context(), tx: tx, dialect: p.dialect}
			w = newBulk(b, s)
		}
		k := 0
		if !same {
			at := r.Float64() * harmonic
			for at -= 1; at > 0 && k < simulatedArchitectures-1; k++ {
				at -= 1 / float64(k+2)
			}
		}
		if architectures[k] == nil {
			architectures[k] = simulated(k)
		}
		var c *content
		name := fmt.Sprintf("model-%d", i)
		switch i {
		case models / 3:
			c, name = origin.descendant(r, 0.25), "moved"
		case models / 2:
			c, name = origin.descendant(r, 0.4), "far"
		default:
			c = simulate(r, architectures[k])
		}
		for _, g := range c.groups {
			p.tensors += g.count()
			if wanted[g.shape] {
				p.shared += g.count()
			}
		}
		w.add(b, name, c)
	}
	w.close(b)
	if err := s.tx.Commit(); err != nil {
		b.Fatal(err)
	}
	p.seconds = time.Since(start).Seconds()
	return p
}

// bulk adds contents with prepared statements.
type bulk struct {
	model, part, content, shape, digest *sql.Stmt
	digests                             [][2]int64
}

func newBulk(b testing.TB, s *session) *bulk {
	prepare := func(query string) *sql.Stmt {
		st, err := s.tx.Prepare(s.dialect.bind(query))
		if err != nil {
			b.Fatal(err)
		}
		return st
	}
	return &bulk{
		model: prepare(`INSERT INTO model (name, grp, title, version, purl, supplier, country, license, family, released,
			mode, digest, parts, tensors, head) VALUES (?, '', '', '', '', '', '', '', '', '', '', '', 1, 400, '') RETURNING id`),
		part:    prepare("INSERT INTO part (model, place, ref, weights, content) VALUES (?, 0, '', '', ?)"),
		content: prepare("INSERT INTO content (id, digest, data) VALUES (?, ?, ?)"),
		shape:   prepare("INSERT INTO shape (width, height, content, kind, keys, signs, used) VALUES (?, ?, ?, 0, ?, ?, NULL)"),
		digest:  prepare("INSERT INTO digest (hash, content) VALUES (?, ?)"),
	}
}

func (w *bulk) add(b testing.TB, name string, c *content) {
	must := func(_ sql.Result, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	var model int64
	if err := w.model.QueryRow(name).Scan(&model); err != nil {
		b.Fatal(err)
	}
	must(w.content.Exec(c.id, c.digest[:], c.data))
	must(w.part.Exec(model, c.id))
	for _, g := range c.groups {
		signs, _ := g.prefixes()
		must(w.shape.Exec(int64(g.width), int64(g.height), c.id, g.keys, signs))
	}
	for _, v := range c.values {
		w.digests = append(w.digests, [2]int64{int64(v), c.id})
	}
}

// close writes the digests of all models in the order of the table, which is
// many times faster.
func (w *bulk) close(b testing.TB) {
	slices.SortFunc(w.digests, func(x, y [2]int64) int { return cmp.Compare(x[0], y[0]) })
	for _, d := range w.digests {
		if _, err := w.digest.Exec(d[0], d[1]); err != nil {
			b.Fatal(err)
		}
	}
	for _, st := range []*sql.Stmt{w.model, w.part, w.content, w.shape, w.digest} {
		st.Close()
	}
}

// search is Find with a query that is packed already. Packing does not depend
// on the index.
func (p *population) search(b testing.TB) *Found {
	found := new(Found)
	err := p.read(b.Context(), func(s *session) error {
		f := finder{session: s, part: &fingerprint.Part{}, found: found, query: p.query}
		return f.search(p.query.values)
	})
	if err != nil {
		b.Fatal(err)
	}
	return found
}

// verify makes sure that the relatives come first, with the z that they should
// have, and nothing else with them.
func (p *population) verify(b testing.TB) {
	b.Helper()
	f := p.search(b)
	if len(f.Candidates) != 2 || f.Candidates[0].Entry.ID != "moved" || f.Candidates[1].Entry.ID != "far" || f.Left != 0 {
		b.Fatalf("found %+v", f)
	}
	bits := float64(simulatedMatrices * 8 * fullSize)
	for i, share := range []float64{0.25, 0.4} {
		if z, want := f.Candidates[i].Z, (1-2*share)*math.Sqrt(bits); math.Abs(z-want) > 5 {
			b.Errorf("%s: z = %.1f, want %.1f", f.Candidates[i].Entry.ID, z, want)
		}
	}
}

// TestSimulated is what BenchmarkSearch measures, small.
func TestSimulated(t *testing.T) {
	for _, same := range []bool{false, true} {
		populate(t, filepath.Join(t.TempDir(), "index.db"), 20_000, same).verify(t)
	}
}

// BenchmarkSearch measures a search among simulated models, and, of the largest
// size, the worst case: all models have the query's architecture. Sizes are
// numbers of matrices in the index. MODELBOM_LONG adds ten millions, for which
// it needs 4 GB of disk.
func BenchmarkSearch(b *testing.B) {
	sizes := []int{10_000, 100_000, 1_000_000}
	if os.Getenv("MODELBOM_LONG") != "" {
		sizes = append(sizes, 10_000_000)
	}
	for _, same := range []bool{false, true} {
		for _, n := range sizes {
			name := "zipf/" + strconv.Itoa(n)
			if same {
				name = "worst/" + strconv.Itoa(n)
			}
			b.Run("SQLite/"+name, func(b *testing.B) { benchmarkSearch(b, filepath.Join(b.TempDir(), "index.db"), n, same) })
			if n <= 1_000_000 {
				b.Run("PostgreSQL/"+name, func(b *testing.B) { benchmarkSearch(b, postgres(b), n, same) })
			}
		}
	}
}

func benchmarkSearch(b *testing.B, location string, n int, same bool) {
	p := populate(b, location, n, same)
	// A search opens the index for reading.
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	x, err := Open(b.Context(), location)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	p.Index = x
	p.verify(b)
	size := float64(0)
	if info, err := os.Stat(location); err == nil {
		size = float64(info.Size())
	}
	best, cpu := time.Hour, cpuTime()
	for b.Loop() {
		start := time.Now()
		p.search(b)
		best = min(best, time.Since(start))
	}
	cpu = cpuTime() - cpu
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(milliseconds(b.Elapsed())/float64(b.N), "ms/search")
	b.ReportMetric(milliseconds(best), "ms-best")
	b.ReportMetric(milliseconds(cpu)/float64(b.N), "cpu-ms/search") // of this process
	b.ReportMetric(size/float64(p.tensors), "bytes/tensor")
	b.ReportMetric(float64(p.shared), "compared")
	b.ReportMetric(p.seconds, "s-building")
	b.ReportMetric(0, "ns/op")
}
