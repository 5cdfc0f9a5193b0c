package compare

import "github.com/modelbom/modelbom/pkg/fingerprint"

// scanSome looks for pairs among too many matrices of one shape to compare all:
// a pair is compared when in two neighbouring windows the largest and smallest
// elements have equal places (20 bits). Of unrelated matrices that happens to 16
// of a million pairs; of matrices at a relative distance of 0.3, each pair of
// windows has it with probability 0.23, so that 16 of them miss 2 in 100 such
// matrices, and nearly none of quantised copies.
func (c *comparison) scanSome(s shape, as, bs []*unit) {
	const bands = fingerprint.MaxWindows / 2
	type key struct {
		band int
		code uint32
	}
	at := map[key][]int32{}
	for i, v := range bs {
		for band := range bands {
			if code, ok := v.extremes(band); ok {
				k := key{band, code}
				if len(at[k]) < maxSameExtremes {
					at[k] = append(at[k], int32(i))
				}
			}
		}
	}
	// Multiplicity is that of all pairs: whatever is not looked up would not
	// have been the best.
	c.scanned += float64(len(as)) * float64(len(bs))
	budget := scanBudget
	for i, u := range as {
		c.bulkSample(s, u, bs, i)
		for band := range bands {
			code, ok := u.extremes(band)
			if !ok {
				continue
			}
			for _, k := range at[key{band, code}] {
				if budget--; budget < 0 {
					return
				}
				if z := compareSigns(u, bs[k]).z(); z > c.best[u].z {
					c.best[u] = found{bs[k], z}
				}
			}
		}
	}
}

// maxSameExtremes bounds how many matrices are kept under one code: a code that
// many share comes from structure that they have in common.
const maxSameExtremes = 32

func (u *unit) extremes(band int) (uint32, bool) {
	if 2*band+1 >= u.n {
		return 0, false
	}
	a, b := u.view.Windows[2*band].Extremes, u.view.Windows[2*band+1].Extremes
	return uint32(a)<<16 | uint32(b), a < fingerprint.NoExtremes && b < fingerprint.NoExtremes
}

// bulkSample adds one pair that names do not join to the sample of z.
func (c *comparison) bulkSample(s shape, u *unit, bs []*unit, i int) {
	if len(c.bulk[s]) >= maxBulk {
		return
	}
	v := bs[i*2654435761%len(bs)]
	if u.slot != v.slot {
		c.bulk[s] = append(c.bulk[s], compareSigns(u, v).z())
	}
}
