package align

import "sync"

// parallel calls f on consecutive ranges that cover [0, n). With fewer than two
// workers it calls f once, on the caller's goroutine.
func parallel(workers, n int, f func(lo, hi int)) {
	if workers = min(workers, n); workers < 2 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() { f(k*n/workers, (k+1)*n/workers) })
	}
	wg.Wait()
}

const (
	depthBlock  = 512 // elements of a row at a time: 2 KB
	columnBlock = 64  // rows of b at a time: 128 KB, for the second-level cache
)

// productT returns a bT: element (i, j) is row i of a times row j of b. The
// order of summation does not depend on the number of workers.
func productT(a, b Matrix, workers int) Matrix {
	dst := Matrix{make([]float32, a.Rows*b.Rows), a.Rows, b.Rows}
	parallel(workers, (a.Rows+3)/4, func(lo, hi int) {
		for t := 0; t < a.Cols; t += depthBlock {
			end := min(t+depthBlock, a.Cols)
			for j := 0; j < b.Rows; j += columnBlock {
				for i := 4 * lo; i < min(4*hi, a.Rows); i += 4 {
					strip(dst, a, b, i, j, min(j+columnBlock, b.Rows), t, end)
				}
			}
		}
	})
	return dst
}

// strip adds to rows i to i+3 and columns j to end of dst what elements t to u
// of the rows give.
func strip(dst, a, b Matrix, i, j, end, t, u int) {
	if i+4 > a.Rows {
		for ; i < a.Rows; i++ {
			for k := j; k < end; k++ {
				dst.Data[i*dst.Cols+k] += dot(a.Row(i)[t:u], b.Row(k)[t:u])
			}
		}
		return
	}
	r0, r1, r2, r3 := a.Row(i)[t:u], a.Row(i + 1)[t:u], a.Row(i + 2)[t:u], a.Row(i + 3)[t:u]
	for ; j+2 <= end; j += 2 {
		block4x2(dst, i, j, r0, r1, r2, r3, b.Row(j)[t:u], b.Row(j + 1)[t:u])
	}
	for ; j < end; j++ {
		for k, r := range [4][]float32{r0, r1, r2, r3} {
			dst.Data[(i+k)*dst.Cols+j] += dot(r, b.Row(j)[t:u])
		}
	}
}

// block4x2 is eight dot products at once: eight independent sums keep the adder
// busy, and each element that is loaded serves several of them.
func block4x2(dst Matrix, i, j int, r0, r1, r2, r3, x, y []float32) {
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	n := len(x)
	r0, r1, r2, r3, y = r0[:n], r1[:n], r2[:n], r3[:n], y[:n]
	for k, p := range x {
		q := y[k]
		s0, s1, s2, s3 := r0[k], r1[k], r2[k], r3[k]
		a0 += s0 * p
		b0 += s0 * q
		a1 += s1 * p
		b1 += s1 * q
		a2 += s2 * p
		b2 += s2 * q
		a3 += s3 * p
		b3 += s3 * q
	}
	for k, sum := range [4][2]float32{{a0, b0}, {a1, b1}, {a2, b2}, {a3, b3}} {
		at := (i+k)*dst.Cols + j
		dst.Data[at] += sum[0]
		dst.Data[at+1] += sum[1]
	}
}

func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for ; len(a) >= 4; a, b = a[4:], b[4:] {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
	}
	for i, x := range a {
		s0 += x * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
