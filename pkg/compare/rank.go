package compare

// rankShuffles is the number of layer shuffles behind the rank p-value.
const rankShuffles = 999

// rank compares the pooled statistic with that of shuffled layers: in each role
// A's layers are given layers of B at random, none its own or a neighbour. If
// layers are exchangeable, as under independence, the aligned statistic has any
// rank with equal probability.
func (c *comparison) rank() (p, floor float64) {
	var rows []shuffle
	for _, g := range c.grids {
		if layers, targets := g.layers(c.layerMap); len(layers) >= minShuffled {
			rows = append(rows, shuffle{g, layers, targets})
		}
	}
	if len(rows) == 0 {
		return 1, 1
	}
	aligned, larger := pooledShuffle(rows, nil), 0
	for k := range rankShuffles {
		state := uint64(k) + 1
		if pooledShuffle(rows, &state) >= aligned {
			larger++
		}
	}
	return float64(1+larger) / (rankShuffles + 1), 1.0 / (rankShuffles + 1)
}

// minShuffled is how many layers a role needs to be shuffled: of fewer there
// are too few arrangements.
const minShuffled = 6

// A shuffle is a role whose layers are given others.
type shuffle struct {
	grid            *grid
	layers, targets []int
}

// pooledShuffle is z over all roles, aligned when state is nil.
func pooledShuffle(rows []shuffle, state *uint64) float64 {
	var sum tally
	var room [64]int
	for _, s := range rows {
		targets := s.targets
		if state != nil {
			targets = append(room[:0], targets...)
			derange(targets, s.targets, state)
		}
		for i, l := range s.layers {
			sum.add(s.grid.z[l][targets[i]])
		}
	}
	return sum.z()
}

// layers lists the layers of A that have a counterpart, and the counterparts.
func (g *grid) layers(layerMap []int) (layers, targets []int) {
	for l := range g.z {
		if to := layerMap[l]; to >= 0 && g.z[l][to].variance > 0 {
			layers, targets = append(layers, l), append(targets, to)
		}
	}
	return layers, targets
}

// derange shuffles targets so that few stay where they were or become
// neighbours: each that does is exchanged once more.
func derange(targets, own []int, state *uint64) {
	next := func(n int) int { return int(random(state) % uint64(n)) }
	for i := len(targets) - 1; i > 0; i-- {
		k := next(i + 1)
		targets[i], targets[k] = targets[k], targets[i]
	}
	for range 4 {
		for i := range targets {
			if absInt(targets[i]-own[i]) < 2 {
				k := next(len(targets))
				targets[i], targets[k] = targets[k], targets[i]
			}
		}
	}
}

// random is the next number of Steele, Lea and Flood's SplitMix64 (2014).
func random(state *uint64) uint64 {
	*state += 0x9e3779b97f4a7c15
	x := *state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
