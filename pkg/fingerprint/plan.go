package fingerprint

import (
	"fmt"
	"slices"
	"strings"
)

// minWindows is the number of windows below which a matrix is Small: their bits
// could not decide anything.
const minWindows = 4

// A plan says which stored units of a tensor are read for its sketch, and where
// among their values those of each window are. It depends on the shape, the
// size of a unit and the arrangements, and on no values, so tensors of one
// shape share it.
type plan struct {
	runs  []run // of units, ascending, with gaps between them
	units int64 // in all runs
	per   int64 // elements of a unit
	views []plannedView
	gains []int32 // places among the values
}

// A run is a number of stored units that follow each other.
type run struct{ first, n int64 }

type plannedView struct {
	transform  string
	rows, cols uint64
	slots      []int32 // WindowSize for each window, places among the values
}

// newPlan plans views, or the gains of a vector.
func newPlan(views []arrangement, gains []uint64, per int64) *plan {
	p := &plan{per: per}
	elements := slices.Clone(gains)
	var ends []int
	for _, v := range views {
		for _, probe := range Probes(v.rows, v.cols) {
			for i := range uint64(WindowSize) {
				elements = append(elements, v.at(probe.Row, uint64(probe.Block)*WindowSize+i))
			}
		}
		ends = append(ends, len(elements))
	}
	units := make([]uint64, len(elements))
	for i, e := range elements {
		units[i] = e / uint64(per)
	}
	slices.Sort(units)
	units = slices.Compact(units)
	p.setRuns(units)
	slots := make([]int32, len(elements))
	for i, e := range elements {
		at, _ := slices.BinarySearch(units, e/uint64(per))
		slots[i] = int32(at)*int32(per) + int32(e%uint64(per))
	}
	from := len(gains)
	p.gains = slots[:from:from]
	for i, v := range views {
		p.views = append(p.views, plannedView{v.transform, v.rows, v.cols, slots[from:ends[i]:ends[i]]})
		from = ends[i]
	}
	return p
}

func (p *plan) setRuns(units []uint64) {
	p.units = int64(len(units))
	for _, u := range units {
		if k := len(p.runs) - 1; k >= 0 && p.runs[k].first+p.runs[k].n == int64(u) {
			p.runs[k].n++
			continue
		}
		p.runs = append(p.runs, run{int64(u), 1})
	}
}

// maxPlans bounds the plans that are kept: a model has few shapes.
const maxPlans = 256

// plans keeps the plans of the shapes that were met.
type plans map[string]*plan

func (m plans) get(views []arrangement, gains uint64, per int64) *plan {
	var key strings.Builder
	fmt.Fprint(&key, per, " ", gains)
	for _, v := range views {
		fmt.Fprint(&key, " ", v.transform, " ", v.rows, " ", v.cols, " ", v.by)
	}
	if p := m[key.String()]; p != nil {
		return p
	}
	if len(m) == maxPlans {
		clear(m)
	}
	p := newPlan(views, GainIndices(gains), per)
	m[key.String()] = p
	return p
}
