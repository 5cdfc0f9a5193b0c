package catalogue

import (
	"slices"
	"strings"
)

// Columns of checkpoints.tsv.
const checkpointColumns = 9

// minCheckpointSizes is how many of the six sizes must be known on both sides
// and agree. With fewer, models of one width and depth cannot be told apart.
const minCheckpointSizes = 5

// Checkpoints returns the known checkpoints with the model type and the sizes of
// a part: one match per distinct set of sizes, with all repositories that have
// it. Fine-tuned models, and models that were trained anew after the same plan,
// have the sizes of their model, so this is "same architecture as" and no more.
// Without a vocabulary on both sides a match is weak: suppliers take over each
// other's sizes, but seldom the vocabulary with them.
func Checkpoints(s Signature) []Match {
	if s.Family == "" {
		return nil
	}
	have := sizesOf(s.Hyperparameters)
	var out []Match
	last := ""
	for f := range rows(checkpointTable, checkpointColumns) {
		if !sameType(f[0], s.Family) {
			continue
		}
		agree, ok := checkpointSizes(f[1:7], have)
		weak := f[6] == "" || len(have["vocabulary"]) == 0
		if !ok {
			continue
		}
		if id := strings.Join(f[:7], "/"); id == last {
			m := &out[len(out)-1]
			m.References = append(m.References, f[7])
			m.Name = strings.Join(m.References, ", ")
			m.Sources = addSources(m.Sources, sourcesOf(f[8]))
		} else {
			last = id
			agree = append([]string{"model type " + s.Family}, agree...)
			out = append(out, Match{ID: id, Name: f[7], References: []string{f[7]}, Weak: weak, Agrees: agree, Sources: sourcesOf(f[8])})
		}
	}
	return out
}

// addSources appends the sources that are not in the list yet.
func addSources(list, more []Source) []Source {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// checkpointSizes compares a row's sizes, the width and the layers first.
func checkpointSizes(row []string, have sizes) (agree []string, ok bool) {
	for i, name := range []string{"width", "layers", "heads", "kv-heads", "intermediate", "vocabulary"} {
		values := have[name]
		if row[i] == "" || len(values) == 0 {
			if i < 2 {
				return nil, false
			}
			continue
		}
		// A part can state a size under several keys; they must not disagree.
		for _, v := range values {
			if v != row[i] {
				return nil, false
			}
		}
		agree = append(agree, name+" "+row[i])
	}
	return agree, len(agree) >= minCheckpointSizes
}
