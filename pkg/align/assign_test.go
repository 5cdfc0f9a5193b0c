package align

import (
	"math"
	"strconv"
	"testing"
	"time"
)

func sumOf(w Matrix, index []int) float64 {
	s := 0.0
	for i, j := range index {
		if j >= 0 {
			s += float64(w.Row(i)[j])
		}
	}
	return s
}

// bruteForce is the largest sum by trying everything.
func bruteForce(w Matrix, i int, used []bool, left int) float64 {
	if i == w.Rows || left == 0 {
		return 0
	}
	most := 0.0
	if w.Rows-i > left { // a row may go without
		most = bruteForce(w, i+1, used, left)
	}
	for j := range w.Cols {
		if !used[j] {
			used[j] = true
			most = max(most, float64(w.Row(i)[j])+bruteForce(w, i+1, used, left-1))
			used[j] = false
		}
	}
	return most
}

func TestAssignBruteForce(t *testing.T) {
	r := rng(1)
	for trial := range 3000 {
		w := Matrix{Rows: r.IntN(7), Cols: r.IntN(7)}
		w.Data = make([]float32, w.Rows*w.Cols)
		for i := range w.Data {
			w.Data[i] = r.Float32()
			if trial%3 == 0 { // many ties
				w.Data[i] = float32(r.IntN(3))
			}
		}
		index, exact := assign(w)
		checkIndex(t, index, w.Cols)
		want := bruteForce(w, 0, make([]bool, w.Cols), w.Cols)
		if got := sumOf(w, index); math.Abs(got-want) > 1e-5 || !exact {
			t.Fatalf("trial %d, %v: %v sum %g, want %g", trial, w, index, got, want)
		}
	}
}

func checkIndex(t *testing.T, index []int, n int) {
	t.Helper()
	if err := (Signed{Index: index}).check(len(index), n); err != nil {
		t.Fatal(err)
	}
}

// TestSolverOptimal holds the solver's prices against its own assignment: with
// feasible prices, equality of the sums proves that nothing is better.
func TestSolverOptimal(t *testing.T) {
	for _, n := range []int{1, 2, 50, 400} {
		for _, ties := range []bool{false, true} {
			r := rng(uint64(n))
			w := make([]float32, n*n)
			for i := range w {
				w[i] = abs(float32(r.NormFloat64()))
				if ties {
					w[i] = float32(r.IntN(4))
				}
			}
			s := newSolver(w, n)
			col := s.solve()
			checkIndex(t, col, n)
			primal, dual := 0.0, 0.0
			for i := range n {
				primal += float64(w[i*n+col[i]])
				u, _, _, _ := s.cheapest(i)
				dual -= u + s.price[i]
			}
			if math.Abs(primal-dual) > 1e-6*float64(n) {
				t.Errorf("n %d ties %v: sum %g, bound %g", n, ties, primal, dual)
			}
		}
	}
}

// TestAssignGreedy covers what is too large to solve.
func TestAssignGreedy(t *testing.T) {
	r := rng(3)
	w := gauss(r, 300, 200)
	for i := range w.Data {
		w.Data[i] = abs(w.Data[i])
	}
	exact, _ := assign(w)
	a := newAssignment(w)
	a.takeMutual()
	checkIndex(t, a.index, 200)
	if got, best := sumOf(w, a.index), sumOf(w, exact); got > best+1e-3 || got < 0.8*best {
		t.Errorf("greedy %g, exact %g", got, best)
	}
	flat := newAssignment(Matrix{make([]float32, 100*100), 100, 100})
	flat.takeMutual()
	checkIndex(t, flat.index, 100)
	if flat.index[99] < 0 {
		t.Error("equal elements leave rows without a partner")
	}
}

// TestSolverAdversarial takes matrices that make augmenting paths long.
func TestSolverAdversarial(t *testing.T) {
	n := 500
	for name, f := range map[string]func(i, j int) float32{
		"product":  func(i, j int) float32 { return float32(i+1) * float32(j+1) },
		"distance": func(i, j int) float32 { return float32(n) - float32(math.Abs(float64(i-j))) },
		"steps":    func(i, j int) float32 { return float32((i*j)%7) + 1e-6*float32(j) },
	} {
		w := Matrix{make([]float32, n*n), n, n}
		for i := range n {
			for j := range n {
				w.Data[i*n+j] = f(i, j)
			}
		}
		start := time.Now()
		index, _ := assign(w)
		checkIndex(t, index, n)
		t.Logf("%s: sum %g, %v", name, sumOf(w, index), time.Since(start).Round(time.Millisecond))
	}
}

func BenchmarkAssignNoise(b *testing.B) {
	for _, n := range []int{384, 1024, 4096} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := gauss(rng(uint64(n)), n, n)
			for i := range w.Data {
				w.Data[i] = abs(w.Data[i])
			}
			for b.Loop() {
				assign(w)
			}
		})
	}
}

func BenchmarkColumns(b *testing.B) {
	for _, size := range [][2]int{{2048, 384}, {2048, 1024}, {2048, 4096}} {
		for _, related := range []bool{true, false} {
			for _, workers := range []int{1, 2} {
				name := strconv.Itoa(size[0]) + "x" + strconv.Itoa(size[1]) + map[bool]string{true: "/related", false: "/unrelated"}[related] + "/workers" + strconv.Itoa(workers)
				b.Run(name, func(b *testing.B) {
					r := rng(5)
					e := gauss(r, size[0], size[1])
					f := gauss(r, size[0], size[1])
					if related {
						f = disguise(noisy(r, e, 1), randomSigned(r, size[1]))
					}
					for b.Loop() {
						if _, err := Columns(e, f, Options{Workers: workers}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
