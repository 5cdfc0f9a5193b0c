package index

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A Candidate is a part of a reference model that a part in question may come
// from. It is a reason to compare the two, not evidence.
type Candidate struct {
	Entry Entry
	// Part is the reference part's Ref, Key its number in the index.
	Part string
	Key  int64
	// Same tells that the weights digests are equal.
	Same bool
	// Equal is the number of different values of matrices that both have, not
	// counting commodity tensors; Z the pooled statistic of the sketches that the
	// search compared; Shapes the share of matrices with a counterpart of their
	// shape.
	Equal  int
	Z      float64
	Shapes float64
	// Copies is the number of models in the index that have a part with the same
	// sketches and values, this one included. Few of them are candidates of their
	// own: those with the same weights digest first, then the earliest released.
	Copies int
}

// Found is what a search has found.
type Found struct {
	// Candidates are the most promising first.
	Candidates []Candidate
	// Left is the number of further parts in the index that promise something,
	// but less than the candidates. Copies of candidates are not among them.
	Left int
	// Matrices is the number of the part's matrices that were searched for,
	// Commodity the number of values that were left out as commodity.
	Matrices, Commodity int
	// Alike are parts with the shapes of the part that promise nothing else,
	// where there are candidates: at most four, chosen as those of the last reason
	// in [Index.Find] are.
	Alike []Candidate
}

// Bounds of a search.
const (
	// maxCandidates is the number of candidates: each costs a full comparison.
	maxCandidates = 64
	// maxRefined is the number of parts of which all windows are compared.
	maxRefined = 128
	// maxCopies is the number of candidates that are copies of one another, each of
	// another model: who is the original is for others to say.
	maxCopies = 4
	// maxTwins is the number of candidates that have nothing but their shapes in
	// common with the part, and twinShare how many matrices must have them.
	maxTwins  = 4
	twinShare = 0.9
	// maxTwinsSeen is the number of such parts among which the earliest released
	// are taken.
	maxTwinsSeen = 256
)

// Search finds the parts that p may come from, the most promising first. See
// [Index.Find], which says more.
func (x *Index) Search(ctx context.Context, p *fingerprint.Part) ([]Candidate, error) {
	found, err := x.Find(ctx, p)
	if err != nil {
		return nil, err
	}
	return found.Candidates, nil
}

// Find finds the parts that p may come from. A part is a candidate for one of
// these reasons:
//
//   - It has the same weights digest, or matrices with values that p has.
//   - Its matrices agree with those of p of the same shape, role, layer and
//     expert: all of them together by 4.5 standard deviations. This is tried with
//     p's matrices as they are, transposed, with rotary pairs in the other
//     order, and in pieces. With 400 matrices that finds a correlation of 0.03
//     in 99 of 100 cases.
//   - One of up to eight matrices of p, chosen by a hash of their values, agrees
//     with any matrix of its shape by 6 standard deviations, or two by 5. This
//     finds parts with other names, or with layers left out, doubled or moved,
//     down to a correlation of about 0.5.
//   - There is no candidate for these reasons, and nine in ten matrices of p have
//     a counterpart of their shape. At most four such parts are named, the earliest
//     released of those with the most counterparts.
//
// All sketches of the shapes of p are compared, without an approximate index:
// the first 256 bits of all, all bits of the 128 most promising parts. At most 64
// candidates are returned, at most four of them copies of one another, and Left
// counts the others. Only matrices are searched; commodity values (see
// [Index.Commodity]) are left out.
//
// Where several models have a content, those whose IDs are given are taken before
// all others but those with the same weights digest; the first 64 IDs count.
//
// The order is that of the larger of Z and what Equal values would give as Z;
// then Equal, Shapes, date of release (none is last), ID and part.
func (x *Index) Find(ctx context.Context, p *fingerprint.Part, first ...string) (*Found, error) {
	found := new(Found)
	err := x.read(ctx, func(s *session) error {
		f := finder{session: s, part: p, found: found}
		f.order, f.first = firstOf(first)
		return f.find()
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// A finder is one search.
type finder struct {
	*session
	part  *fingerprint.Part
	found *Found
	query *query
	// order sorts models that have the same (none: seniority), first are its
	// arguments.
	order string
	first []any
}

func (f *finder) find() error { return f.search(values(f.part, nil)) }

// search looks for equal values first, because commodity among them is left out
// of everything else.
func (f *finder) search(wanted []uint64) error {
	holders, err := f.holders(wanted[:min(len(wanted), maxLookups)])
	if err != nil {
		return err
	}
	skip, err := f.commodity(holders, len(wanted))
	if err != nil {
		return err
	}
	for v := range skip {
		delete(holders, v)
	}
	f.found.Commodity = len(skip)
	if f.query == nil {
		f.query = newQuery(f.part, skip)
	}
	if f.query == nil {
		return f.sameWeights()
	}
	f.found.Matrices = f.query.matrices
	scores := map[int64]*score{}
	if err := f.scan(f.query, scores); err != nil {
		return err
	}
	for _, contents := range holders {
		for _, c := range contents {
			scoreOf(scores, c).equal++
		}
	}
	same, err := f.sameContents(scores)
	if err != nil {
		return err
	}
	refined, err := f.refineAll(scores, same)
	if err != nil {
		return err
	}
	if len(refined) == 0 {
		left := 0
		f.found.Candidates, left, err = f.twins(scores)
		f.found.Left += left
		return err
	}
	if err := f.expand(refined); err != nil {
		return err
	}
	for _, s := range refined {
		delete(scores, s.content)
	}
	f.found.Alike, _, err = f.twins(scores)
	return err
}

// sameContents marks the contents of parts with the same weights digest.
func (f *finder) sameContents(scores map[int64]*score) (map[int64]bool, error) {
	same := map[int64]bool{}
	if f.part.WeightsDigest == "" {
		return same, nil
	}
	contents, err := f.numbers("SELECT DISTINCT content FROM part WHERE weights = ? AND content IS NOT NULL ORDER BY content LIMIT ?",
		f.part.WeightsDigest, maxHolders)
	for _, c := range contents {
		scoreOf(scores, c)
		same[c] = true
	}
	return same, err
}

// promise orders scores: an equal value is as good as a sketch of that many bits
// without a difference.
func (s *score) promise(bits int) float64 {
	return max(s.z(), s.hitsZ(), math.Sqrt(float64(s.equal*bits)))
}

// refineAll compares all windows of the most promising contents and keeps those
// that still are.
func (f *finder) refineAll(scores map[int64]*score, same map[int64]bool) ([]*score, error) {
	var list []*score
	for _, s := range scores {
		if same[s.content] || s.promise(8*prefixSize) >= promisingZ {
			list = append(list, s)
		}
	}
	sortScores(list, same, 8*prefixSize)
	for _, s := range list[min(len(list), maxRefined):] {
		if s.promise(8*prefixSize) >= minZ {
			f.found.Left++
		}
	}
	var kept []*score
	for _, rough := range list[:min(len(list), maxRefined)] {
		c, err := f.content(rough.content)
		if err != nil {
			return nil, err
		}
		if s := f.query.refine(c); same[s.content] || s.promise(8*fullSize) >= minZ {
			kept = append(kept, s)
		}
	}
	sortScores(kept, same, 8*fullSize)
	return kept, nil
}

func sortScores(list []*score, same map[int64]bool, bits int) {
	first := func(s *score) int {
		if same[s.content] {
			return 0
		}
		return 1
	}
	slices.SortFunc(list, func(a, b *score) int {
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(b.promise(bits), a.promise(bits)), cmp.Compare(a.content, b.content))
	})
}

// expand names the parts that have the contents: one of each first, then, where
// there is room, copies.
func (f *finder) expand(list []*score) error {
	var firsts, copies []Candidate
	promises := map[int64]float64{}
	for _, s := range list {
		if len(firsts) == maxCandidates {
			f.found.Left++
			continue
		}
		parts, err := f.partsOf(s)
		if err != nil {
			return err
		}
		for _, c := range parts {
			promises[c.Key] = s.promise(8 * fullSize)
		}
		firsts = append(firsts, parts[0])
		copies = append(copies, parts[1:]...)
	}
	all := append(firsts, copies[:min(len(copies), maxCandidates-len(firsts))]...)
	slices.SortFunc(all, func(a, b Candidate) int {
		return cmp.Or(-compareBool(a.Same, b.Same), cmp.Compare(promises[b.Key], promises[a.Key]), cmp.Compare(b.Equal, a.Equal),
			cmp.Compare(b.Shapes, a.Shapes), senior(&a.Entry, &b.Entry), strings.Compare(a.Part, b.Part))
	})
	f.found.Candidates = all
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// senior is seniority in Go.
func senior(a, b *Entry) int {
	return cmp.Or(compareBool(a.Released == "", b.Released == ""), strings.Compare(a.Released, b.Released), strings.Compare(a.ID, b.ID))
}

const partColumns = "p.id, p.ref, p.weights, p.content, " + entryColumns

// partsOf are the candidates of one content, never none.
func (f *finder) partsOf(s *score) ([]Candidate, error) {
	copies := 0
	if err := f.row("SELECT count(DISTINCT model) FROM part WHERE content = ?", s.content).Scan(&copies); err != nil {
		return nil, err
	}
	parts, err := f.copies("WHERE p.content = ? ORDER BY CASE WHEN p.weights = ? THEN 0 ELSE 1 END, "+cmp.Or(f.order, seniority)+", p.ref",
		append([]any{s.content, f.part.WeightsDigest}, f.first...)...)
	if err == nil && len(parts) == 0 {
		err = damaged("content %d has no part", s.content)
	}
	for i := range parts {
		c := &parts[i]
		c.Equal, c.Z, c.Copies = s.equal, max(s.z(), s.hitsZ()), copies
		c.Shapes = float64(s.shapes) / float64(max(1, f.query.matrices))
	}
	return parts, err
}

// copies are the first parts of a query, one of each model: that a model holds the
// same weights several times must not hide who else does.
func (f *finder) copies(where string, args ...any) ([]Candidate, error) {
	var parts []Candidate
	err := f.each(func(row scanner) error {
		c, _, err := f.candidate(row)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(parts, func(p Candidate) bool { return p.Entry.ID == c.Entry.ID }) {
			parts = append(parts, c)
		}
		if len(parts) == maxCopies {
			return errStop
		}
		return nil
	}, "SELECT "+partColumns+" FROM part p JOIN model m ON m.id = p.model "+where, args...)
	if err == errStop {
		err = nil
	}
	return parts, err
}

// candidate reads a row of partColumns.
func (f *finder) candidate(row scanner) (c Candidate, content int64, err error) {
	var (
		ref     []byte
		weights string
		number  *int64
	)
	err = row.Scan(append([]any{&c.Key, &ref, &weights, &number}, c.Entry.targets()...)...)
	c.Part, c.Same = string(ref), weights != "" && weights == f.part.WeightsDigest
	if number != nil {
		content = *number
	}
	return c, content, err
}

// sameWeights is all that a part without matrices is searched by.
func (f *finder) sameWeights() error {
	if f.part.WeightsDigest == "" {
		return nil
	}
	copies := 0
	err := f.row("SELECT count(DISTINCT model) FROM part WHERE weights = ?", f.part.WeightsDigest).Scan(&copies)
	if err != nil {
		return err
	}
	f.found.Candidates, err = f.copies("WHERE p.weights = ? ORDER BY "+cmp.Or(f.order, seniority)+", p.ref", append([]any{f.part.WeightsDigest}, f.first...)...)
	for i := range f.found.Candidates {
		f.found.Candidates[i].Copies = copies
	}
	return err
}

// twins names parts of the same architecture, and counts the others that have
// as many matrices of equal shapes.
func (f *finder) twins(scores map[int64]*score) (found []Candidate, left int, err error) {
	var list []*score
	best := int(math.Ceil(twinShare * float64(f.query.matrices)))
	for _, s := range scores {
		if s.shapes < best || s.shapes == 0 {
			continue
		}
		if s.shapes > best {
			best, list = s.shapes, list[:0]
		}
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil, 0, nil
	}
	slices.SortFunc(list, func(a, b *score) int { return cmp.Compare(a.content, b.content) })
	chosen := map[int64]*score{}
	var args []any
	for _, s := range list[:min(len(list), maxTwinsSeen)] {
		chosen[s.content] = s
		args = append(args, s.content)
	}
	var picked []*score
	err = f.each(func(row scanner) error {
		_, content, err := f.candidate(row)
		if s := chosen[content]; err == nil && s != nil {
			picked = append(picked, s)
			delete(chosen, content)
		}
		if err == nil && len(picked) == maxTwins {
			err = errStop
		}
		return err
	}, "SELECT "+partColumns+" FROM part p JOIN model m ON m.id = p.model WHERE p.content IN ("+marks(len(args))+") ORDER BY "+seniority+", p.ref", args...)
	if err != nil && err != errStop {
		return nil, 0, err
	}
	for _, s := range picked {
		parts, err := f.partsOf(s)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, parts[0])
	}
	return found, len(list) - len(picked), nil
}
