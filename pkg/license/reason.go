package license

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/wording"
)

const (
	// minNear is how much alike a text and a licence are at least for a reason to
	// say so: what they have in common, of what either has.
	minNear = 0.5
	// sameNear is from which share of the best on another licence is named too,
	// and maxNearest how many are.
	sameNear   = 0.9
	maxNearest = 3
	// tenths is in how many pieces a licence is cut to see whether its end is
	// missing; of the beginning there must be minTenths, and of each of these
	// the share minPresent.
	tenths     = 10
	minTenths  = 2
	minPresent = 0.6
)

// noText says why a text is no licence that has none in it.
func (c *conclusion) noText(around *surround) string {
	if near := c.near(); near != "" {
		return near
	}
	share := percent(1 - around.coverage())
	most := fmt.Sprintf("most of the text (%d %% of %s) is not a licence that is known", share, wording.CountThousands(len(c.words), "word", "words"))
	for _, k := range []struct {
		kind   MatchKind
		reason string
	}{
		{MatchPolicy, "a use policy, not the text of the licence: "},
		{MatchNotice, "a notice, not the text of the licence: "},
		{MatchTag, "only an identifier, not the text of the licence: "},
		{MatchReference, "only addresses or titles, not the text of the licence: "},
	} {
		if named := c.named(k.kind); len(named) > 0 && (len(c.words) < aLicence || around.coverage() >= minOwnShare) {
			return k.reason + strings.Join(named[:min(len(named), maxQuote)], ", ")
		}
	}
	if len(c.matches) == 0 {
		return "nothing was recognised"
	}
	return most
}

// aLicence is how many words a text has at least that could be a licence with
// more to say than the notice that was found in it.
const aLicence = 300

// near compares the text with the licence that it has the most in common with.
func (c *conclusion) near() string {
	t := gramsOfPatterns()
	best, common := -1, 0.0
	alike := map[string]float64{}
	for _, k := range c.builtin.candidates {
		f := t.forms[k.form]
		id := patterns()[f.pattern].ID
		if _, odd := notSPDX[id]; odd || isHeader(id) {
			continue
		}
		shared := k.share * float64(f.words)
		of := shared / (float64(f.words+len(c.words)) - shared)
		if of > common {
			best, common = k.form, of
		}
		alike[id] = max(alike[id], of)
	}
	if best < 0 {
		return ""
	}
	f := t.forms[best]
	id := patterns()[f.pattern].ID
	if first, last := present(t.sharesOf(best, c.text)); first == 0 && last < tenths && last >= minTenths &&
		len(c.words)*tenths <= f.words*(last+1) {
		return fmt.Sprintf("cut off: the end of %s is missing", id)
	}
	if common >= minNear {
		return fmt.Sprintf("much like %s, but not word for word", nearest(alike, common))
	}
	return ""
}

// nearest names the licences that a text is the most alike. Those of a family
// differ by a few words, and which of them was changed cannot be told.
func nearest(alike map[string]float64, common float64) string {
	ids := slices.SortedFunc(maps.Keys(alike), func(a, b string) int {
		return cmp.Or(cmp.Compare(alike[b], alike[a]), cmp.Compare(a, b))
	})
	n := 1
	for n < len(ids) && n < maxNearest && alike[ids[n]] >= sameNear*common {
		n++
	}
	return wording.Or(ids[:n])
}

// sharesOf returns the share of the grams of each tenth of a form that a text has.
func (t *gramTable) sharesOf(form int, s string) []float64 {
	const n = tenths
	tenth := func(e gramEntry) int {
		return min(int(e.word)*n/max(t.forms[form].words, 1), n-1)
	}
	all, found := make([]float64, n), make([]float64, n)
	for _, e := range t.entries {
		if int(e.form) == form {
			all[tenth(e)]++
		}
	}
	t.eachGram(s, func(e gramEntry, again bool, _, _ int) {
		if int(e.form) == form && !again {
			found[tenth(e)]++
		}
	})
	for i := range found {
		found[i] /= max(all[i], 1)
	}
	return found
}

// present returns the run of tenths that begins with the first one that is
// there, and where it ends.
func present(shares []float64) (first, last int) {
	for first < len(shares) && shares[first] < minPresent {
		first++
	}
	last = first
	for last < len(shares) && shares[last] >= minPresent {
		last++
	}
	return first, last
}

func percent(share float64) int { return int(math.Round(share * 100)) }
