package fingerprint

import (
	"cmp"
	"slices"
	"sync"
)

// The salts of [SketchVersion] 1: digits of pi, so that nobody chose them.
const (
	saltRow    = 0x243f6a8885a308d3
	saltBlock  = 0x13198a2e03707344
	saltGain   = 0xa4093822299f31d0
	saltLine   = 0x082efa98ec4e6c89
	goldenStep = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
)

// Rows behind the first maxProbeRows of a matrix, and elements behind the first
// maxGainElements of a vector, are never chosen: the choice takes a hash for
// each, and a header may state any number.
const (
	maxProbeRows    = 1 << 22
	maxGainElements = 1 << 20
)

// splitmix64 is the finaliser of Steele, Lea and Flood's SplitMix64 (2014) over
// its next state.
func splitmix64(x uint64) uint64 {
	x += goldenStep
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// A Probe is the place of a window in a matrix: WindowSize elements of a row,
// from the column WindowSize*Block on.
type Probe struct {
	Row   uint64
	Block uint32
}

// Probes returns the places of the windows of a matrix of rows by cols. It gives
// at most MaxWindows, and none when cols is smaller than WindowSize: such a
// matrix is looked at as one of n/WindowSize by WindowSize.
//
// The rows are those with the smallest hashes, in the order of these, and the
// hash of a row's number chooses its block. So a prefix is a sketch as well, and
// a matrix that has rows appended keeps the windows of those old rows that are
// still among the chosen ones. A matrix with fewer than MaxWindows rows gives a
// window of every row first, then a second, in another block, and so on.
func Probes(rows, cols uint64) []Probe {
	blocks := min(cols/WindowSize, 1<<32)
	if rows == 0 || blocks == 0 {
		return nil
	}
	chosen := smallest(rowLeaders(), rows, MaxWindows)
	var probes []Probe
	taken := map[Probe]bool{}
	for pass := uint64(0); pass < min(blocks, MaxWindows); pass++ {
		for _, row := range chosen {
			p := Probe{row, uint32(splitmix64(row<<20+pass+saltBlock) % blocks)}
			for taken[p] { // ends, as fewer than blocks of the row are taken
				p.Block = uint32((uint64(p.Block) + 1) % blocks)
			}
			taken[p] = true
			if probes = append(probes, p); len(probes) == MaxWindows {
				return probes
			}
		}
	}
	return probes
}

// GainIndices returns which elements of a vector of n are kept, in ascending
// order: all of up to MaxGains, of more those with the smallest hashes.
func GainIndices(n uint64) []uint64 {
	if n <= MaxGains {
		all := make([]uint64, n)
		for i := range all {
			all[i] = uint64(i)
		}
		return all
	}
	chosen := smallest(gainLeaders(), n, MaxGains)
	slices.Sort(chosen)
	return chosen
}

// A leader is a number that has one of the smallest hashes of all numbers up to
// itself. The k smallest of the first n numbers are leaders below n, however
// large n is, and there are few leaders: about k*(1+ln(limit/k)).
type leader struct{ number, hash uint64 }

var (
	rowLeaders  = sync.OnceValue(func() []leader { return leaders(maxProbeRows, MaxWindows, saltRow) })
	gainLeaders = sync.OnceValue(func() []leader { return leaders(maxGainElements, MaxGains, saltGain) })
)

// leaders returns the leaders below limit, in ascending order.
func leaders(limit uint64, k int, salt uint64) []leader {
	var all []leader
	best := make([]uint64, 0, k+1) // the k smallest hashes so far, ascending
	for n := range limit {
		h := splitmix64(n*goldenStep + salt)
		if len(best) == k && h >= best[k-1] {
			continue
		}
		at, _ := slices.BinarySearch(best, h)
		best = slices.Insert(best, at, h)
		best = best[:min(len(best), k)]
		all = append(all, leader{n, h})
	}
	return all
}

// smallest returns the up to k numbers below n with the smallest hashes, in the
// order of these.
func smallest(all []leader, n uint64, k int) []uint64 {
	end, _ := slices.BinarySearchFunc(all, n, func(l leader, n uint64) int { return cmp.Compare(l.number, n) })
	below := slices.Clone(all[:end])
	slices.SortFunc(below, func(a, b leader) int { return cmp.Compare(a.hash, b.hash) })
	numbers := make([]uint64, 0, k)
	for _, l := range below[:min(len(below), k)] {
		numbers = append(numbers, l.number)
	}
	return numbers
}
