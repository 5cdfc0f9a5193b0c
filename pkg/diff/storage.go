package diff

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/wording"
)

// sameValues reports weights of equal digest whose files are others: moved,
// resharded, or written in other types. Files that change with the weights of
// another part tell nothing about this one.
func (d *differ) sameValues() {
	taken := map[string]bool{} // files that another change of weights explains
	resaved := (*draft)(nil)
	for _, x := range d.drafts {
		if x.Kind.Weights() || x.Kind == PartReplaced || x.Kind == PartAdded || x.Kind == PartRemoved {
			for p := range x.paths {
				taken[p] = true
			}
			if x.Kind != PartRemoved && resaved == nil && x.node().weights() {
				resaved = x
			}
		}
	}
	d.pairs(func(old, new *node) {
		if !d.values[new] || d.about[new] != nil {
			return
		}
		stored := otherStorage(old, new)
		moved, changed := d.weightFiles(old, new, taken)
		switch {
		case !stored && !changed && len(moved) == 0:
		case !stored && changed && resaved != nil:
			// Saving a model anew cuts its shards at other places.
			resaved.claimFiles(old, new)
		case !stored && !changed:
			d.moved(moved)
		default:
			x := d.change(WeightsReencoded, old, new)
			d.about[old], d.about[new] = x, x
			x.key = string(WeightsReencoded)
			x.Before, x.After = dtypes(old.Model), dtypes(new.Model)
			x.claimFiles(old, new)
			x.claimRoles("weights-index")
			x.weightWords(d, old, new)
			x.Before, x.After = storage(old), storage(new)
			x.shapeDetails(old, new)
		}
	})
}

// otherStorage reports values that are stored in other types, or as another
// number of tensors.
func otherStorage(old, new *node) bool {
	a, b := old.Model, new.Model
	return dtypes(a) != dtypes(b) || a.Bytes != b.Bytes || a.Tensors != b.Tensors || containers(old) != containers(new)
}

// storage says in what a part's weights are stored.
func storage(n *node) string {
	words := dtypes(n.Model)
	files := 0
	for _, f := range n.files {
		if f.File != nil && f.File.Format != "" {
			files++
		}
	}
	if files > 0 {
		words += " in " + wording.CountThousands(files, "file", "files")
	}
	return show(strings.TrimSpace(words))
}

// containers are the formats of a part's weight files.
func containers(n *node) string {
	seen := map[string]bool{}
	var names []string
	for _, f := range n.files {
		if f.File != nil && f.File.Format != "" && !seen[f.File.Format] {
			seen[f.File.Format] = true
			names = append(names, f.File.Format)
		}
	}
	return strings.Join(sorted(names), "+")
}

// weightFiles tells which of a part's weight files lie elsewhere, and whether
// any is another one, leaving out those that are explained.
func (d *differ) weightFiles(old, new *node, taken map[string]bool) (moved []Pair, changed bool) {
	look := func(f *node, new bool) {
		if f.File == nil || f.File.Format == "" && f.File.Role != "weights" || taken[f.path] {
			return
		}
		switch {
		case f.pair == nil:
			changed = true
		case f.pair.path != f.path && f.sameBytes():
			if new {
				moved = append(moved, Pair{f.pair.Ref, f.Ref})
			}
		case !f.sameBytes():
			changed = true
		}
	}
	for _, f := range old.files {
		look(f, false)
	}
	for _, f := range new.files {
		look(f, true)
	}
	return moved, changed
}

// moved reports weight files that lie elsewhere. Several parts can lie in them.
func (d *differ) moved(files []Pair) {
	for _, p := range files {
		a, b := d.old.byRef[p.Old], d.new.byRef[p.New]
		if d.about[b] != nil {
			continue
		}
		x := d.change(FilesMoved, a, b)
		d.about[a], d.about[b] = x, x
		x.rank = Medium
		x.key = string(FilesMoved) + "\x00weights"
		x.claim(a.path, b.path)
		x.claimRoles("weights-index")
		x.movedWords()
	}
}
