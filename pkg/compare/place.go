package compare

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// places finds where the windows of matrices lie, and keeps what it found.
type places map[shape]map[fingerprint.Probe]int

// maxPlaces bounds how many shapes places are computed for.
const maxPlaces = 4096

func (p places) of(u *unit) map[fingerprint.Probe]int {
	if m, ok := p[u.shape]; ok {
		return m
	}
	if len(p) >= maxPlaces {
		return nil
	}
	m := make(map[fingerprint.Probe]int, fingerprint.MaxWindows)
	for i, w := range fingerprint.Probes(u.shape.rows, u.shape.cols) {
		m[w] = i
	}
	p[u.shape] = m
	return m
}

// sameWindows is the join of two matrices of one shape. It is never written to.
var sameWindows = func() (j [fingerprint.MaxWindows][2]int) {
	for i := range j {
		j[i] = [2]int{i, i}
	}
	return j
}()

// join finds the common windows of two matrices of equal width: as many as the
// smaller has rows in common with the larger.
func (p places) join(a, b *unit) join {
	var j join
	if a.shape == b.shape {
		return sameWindows[:min(a.n, b.n)]
	}
	if a.shape.cols != b.shape.cols {
		return nil
	}
	pa, pb := p.of(a), p.of(b)
	for at, i := range pa {
		if k, ok := pb[at]; ok && i < a.n && k < b.n {
			j = append(j, [2]int{i, k})
		}
	}
	slices.SortFunc(j, func(x, y [2]int) int { return x[0] - y[0] })
	return j
}
