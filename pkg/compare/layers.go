package compare

import (
	"cmp"
	"math"
	"slices"
)

// A grid holds the comparison of every layer of A with every layer of B in
// matrices of one role, expert and shape.
type grid struct {
	family string
	shape  shape
	expert int
	a, b   map[int]*unit // by layer
	z      [][]tally     // [layer of A][layer of B]; bits 0 where there is none
}

// Bounds on the grids: at most so many cells in all, and of experts only the
// first ones, which say as much about layers as all of them would.
const (
	maxCells   = 2_000_000
	maxExperts = 4
)

// makeGrids compares layers with layers.
func (c *comparison) makeGrids() {
	type key struct {
		family string
		shape  shape
		expert int
	}
	groups := map[key]*grid{}
	put := func(units []*unit, side func(*grid) map[int]*unit) {
		for _, u := range units {
			if u.slot.layer < 0 || u.slot.expert >= maxExperts {
				continue
			}
			k := key{u.slot.family, u.shape, u.slot.expert}
			g := groups[k]
			if g == nil {
				g = &grid{family: k.family, shape: k.shape, expert: k.expert, a: map[int]*unit{}, b: map[int]*unit{}}
				groups[k] = g
			}
			if m := side(g); m[u.slot.layer] == nil {
				m[u.slot.layer] = u
			}
		}
	}
	put(c.a.units, func(g *grid) map[int]*unit { return g.a })
	put(c.b.units, func(g *grid) map[int]*unit { return g.b })
	for _, g := range groups {
		if len(g.a) > 0 && len(g.b) > 0 {
			c.grids = append(c.grids, g)
		}
	}
	slices.SortFunc(c.grids, func(x, y *grid) int {
		return cmp.Or(cmp.Compare(x.expert, y.expert), cmp.Compare(x.family, y.family),
			cmp.Compare(x.shape.cols, y.shape.cols), cmp.Compare(x.shape.rows, y.shape.rows))
	})
	cells := maxCells
	for i, g := range c.grids {
		if cells -= c.a.layers * c.b.layers; cells < 0 {
			c.grids = c.grids[:i]
			break
		}
		g.z = make([][]tally, c.a.layers)
		for la := range g.z {
			g.z[la] = make([]tally, c.b.layers)
			for lb := range g.z[la] {
				if u, v := g.a[la], g.b[lb]; u != nil && v != nil {
					g.z[la][lb] = compareSigns(u, v)
				}
			}
		}
	}
}

// mapLayers decides which layer of B each layer of A is compared with.
//
// Without evidence that is the layer of the same number. The alternative is the
// best path through the matrix of pooled z, layer by layer of A: going on to the
// next layer of B costs nothing; repeating, skipping and going back cost more
// than chance gives, so that depth up-scaling (0-23 then 8-31), dropped, added
// and repeated layers are found and noise is not followed. Layers without a
// counterpart are left out. A path with k beginnings is one of about (L L')^k,
// which is what its statistic has to exceed.
func (c *comparison) mapLayers() {
	c.layerMap = make([]int, c.a.layers)
	for l := range c.layerMap {
		c.layerMap[l] = l
		if l >= c.b.layers {
			c.layerMap[l] = -1
		}
	}
	c.mapTried = 1
	if c.a.layers == 0 || c.b.layers == 0 || c.a.layers*c.b.layers > maxCells {
		return
	}
	c.makeGrids()
	scores, sums := c.layerScores()
	path := bestPath(scores, chance(c.a.layers, c.b.layers))
	starts, total := 0, tally{}
	for l, to := range path {
		if to < 0 {
			continue
		}
		if l == 0 || path[l-1] < 0 || path[l-1]+1 != to {
			starts++
		}
		total.add(sums[l][to])
	}
	if starts == 0 {
		return
	}
	tried := math.Pow(float64(c.a.layers)*float64(c.b.layers), float64(starts))
	if total.z() < threshold(c.options.Comparisons*tried) {
		return
	}
	c.mapFound = true
	filled := fillMap(path, c.b.layers)
	if !slices.Equal(filled, c.layerMap) {
		c.mapTried = tried
	}
	c.layerMap = filled
}

// chance is a z that among so many pairs of layers one in a hundred models
// shows without cause.
func chance(a, b int) float64 { return quantile(0.01 / float64(a*b)) }

// layerScores pools z over roles for each pair of layers, less what the role
// shows between layers that do not belong together.
func (c *comparison) layerScores() (z [][]float64, sums [][]tally) {
	z, sums = make([][]float64, c.a.layers), make([][]tally, c.a.layers)
	for l := range z {
		z[l], sums[l] = make([]float64, c.b.layers), make([]tally, c.b.layers)
	}
	for _, g := range c.grids {
		var all []float64
		for la := range g.z {
			for lb, t := range g.z[la] {
				if t.variance > 0 && absInt(la-lb) >= 2 {
					all = append(all, t.z())
				}
			}
		}
		mean, spread := 0.0, 1.0
		if len(all) >= minNulls {
			mean, spread = middle(all)
			spread = max(1, spread)
		}
		for la := range g.z {
			for lb, t := range g.z[la] {
				t.excess -= mean * math.Sqrt(t.variance)
				t.variance *= spread * spread
				sums[la][lb].add(t)
			}
		}
	}
	for la := range z {
		for lb := range z[la] {
			z[la][lb] = sums[la][lb].z()
		}
	}
	return z, sums
}

// Costs of a path's turns, in units of z.
const (
	costRepeat = 1.0
	costSkip   = 1.0
	costBack   = 2.0
	costEdge   = 0.5 // into and out of layers without a counterpart
)

// bestPath finds the sequence of layers of B, -1 for none, whose z exceed the
// floor by most.
func bestPath(z [][]float64, floor float64) []int {
	n, m := len(z), len(z[0])
	from := make([][]int32, n)
	previous := make([]float64, m+1) // the last is none
	for l := range n {
		from[l] = make([]int32, m+1)
		current := make([]float64, m+1)
		// Best of all to the left and to the right of a layer.
		left := prefixBest(previous[:m], false)
		right := prefixBest(previous[:m], true)
		for to := range m {
			score, source := previous[m]-costEdge, m
			try := func(k int, cost float64) {
				if k >= 0 && k < m && previous[k]-cost > score {
					score, source = previous[k]-cost, k
				}
			}
			if l > 0 {
				try(right[to], costBack)
				if to > 0 {
					try(left[to-1], costSkip)
				}
				try(to, costRepeat)
				try(to-1, 0)
			}
			current[to], from[l][to] = score+z[l][to]-floor, int32(source)
		}
		current[m], from[l][m] = previous[m], int32(m)
		if l > 0 {
			if k := left[m-1]; previous[k]-costEdge > current[m] {
				current[m], from[l][m] = previous[k]-costEdge, int32(k)
			}
		}
		previous = current
	}
	at := 0
	for k, v := range previous {
		if v > previous[at] {
			at = k
		}
	}
	path := make([]int, n)
	for l := n - 1; l >= 0; l-- {
		path[l] = at
		if at == m {
			path[l] = -1
		}
		at = int(from[l][at])
	}
	return path
}

// prefixBest gives for each place the index of the largest value up to it, or
// from it on.
func prefixBest(v []float64, back bool) []int {
	out := make([]int, len(v))
	best := -1
	for i := range v {
		k := i
		if back {
			k = len(v) - 1 - i
		}
		if best < 0 || v[k] > v[best] {
			best = k
		}
		out[k] = best
	}
	return out
}

// fillMap gives layers without a counterpart the one that their neighbour's
// offset points to, so that they are compared and count.
func fillMap(path []int, layers int) []int {
	out := slices.Clone(path)
	used := map[int]bool{}
	for _, to := range path {
		used[to] = true
	}
	for l := range path {
		if path[l] >= 0 {
			continue
		}
		for d := 1; d < len(path) && out[l] < 0; d++ {
			for _, k := range [...]int{l - d, l + d} {
				if k < 0 || k >= len(path) || path[k] < 0 {
					continue
				}
				if to := path[k] + l - k; to >= 0 && to < layers && !used[to] {
					out[l] = to
					used[to] = true
					break
				}
			}
		}
	}
	return out
}

func absInt(x int) int { return max(x, -x) }
