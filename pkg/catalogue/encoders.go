package catalogue

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// An encoder is a row of encoders.jsonl.
type encoder struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Roles      []string       `json:"roles"`
	Upstream   []string       `json:"upstream"`
	Weak       bool           `json:"weak"`        // class defaults
	ModelTypes []string       `json:"model_types"` // needed for a match by configuration
	Config     map[string]any `json:"config"`      // a value, or a list of alternatives
	Shapes     []string       `json:"shapes"`
	SourceIDs  []string       `json:"sources"`
}

var encoders = sync.OnceValue(func() []encoder { return decode[encoder](encoderTable) })

// decode reads a table of JSON lines. The tests see to it that all can be read.
func decode[T any](text string) []T {
	var out []T
	for line := range strings.Lines(text) {
		var row T
		if !strings.HasPrefix(line, "#") && json.Unmarshal([]byte(line), &row) == nil {
			out = append(out, row)
		}
	}
	return out
}

const (
	// minShapes and minSizes are how many shapes or sizes must agree. Three
	// shapes with the number of their layers, or four sizes, tell the encoders
	// of the catalogue apart as far as they differ at all.
	minShapes = 3
	minSizes  = 4
	// minTypedSizes is enough where the model type agrees too.
	minTypedSizes = 3
)

// Encoders returns the encoders that have the same architecture as a part:
// those whose shapes are all there in the right number, or whose sizes all
// agree with the configuration. A size that differs rules an encoder out.
// Copies, retrained and resized models have the architecture of their model, so
// a match alone never says where weights are from. All candidates are returned,
// by their ID.
func Encoders(s Signature) []Match {
	have, counts := sizesOf(s.Hyperparameters), shapeCounts(s.Shapes)
	var out []Match
	for _, e := range encoders() {
		if s.Role != "" && !slices.Contains(e.Roles, s.Role) {
			continue
		}
		if m, ok := e.match(s.Family, have, counts); ok {
			out = append(out, m)
		}
	}
	return out
}

func (e encoder) match(family string, have sizes, counts map[string]int) (Match, bool) {
	bySize, all, ok := e.sizes(have)
	if !ok {
		return Match{}, false
	}
	byShape := e.shapes(counts)
	typed := slices.Contains(e.ModelTypes, family)
	enough := all && (len(bySize) >= minSizes || typed && len(bySize) >= minTypedSizes)
	if len(e.ModelTypes) > 0 && !typed {
		enough = false
	}
	if byShape == nil && !enough {
		return Match{}, false
	}
	m := Match{ID: e.ID, Name: e.Name, References: slices.Clone(e.Upstream), Weak: e.Weak, Sources: sourcesByID(e.SourceIDs)}
	m.Weak = m.Weak || byShape == nil && len(counts) > 0 && len(e.Shapes) > 0
	if typed {
		m.Agrees = append(m.Agrees, "model type "+family)
	}
	m.Agrees = append(append(m.Agrees, byShape...), bySize...)
	return m, true
}

// sizes returns the sizes that agree and whether they are all that count. ok is
// false if one differs.
func (e encoder) sizes(have sizes) (agree []string, all, ok bool) {
	all = true
	for _, name := range slices.Sorted(maps.Keys(e.Config)) {
		values := have[name]
		if len(values) == 0 {
			all = all && isOptional(name)
			continue
		}
		wanted := alternatives(e.Config[name])
		i := slices.IndexFunc(values, func(v string) bool { return slices.Contains(wanted, v) })
		if i < 0 {
			return nil, false, false
		}
		agree = append(agree, name+" "+values[i])
	}
	return agree, all, true
}

// isOptional reports whether configurations often leave a size out because it
// is their library's default.
func isOptional(name string) bool {
	return name == "image" || name == "positions" || name == "source-positions"
}

// alternatives are the values that a row allows.
func alternatives(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, 0, len(list))
	for _, x := range list {
		out = append(out, number(fmt.Sprint(x)))
	}
	return out
}

// shapes returns what agrees if all shapes of the row are there, else nil.
func (e encoder) shapes(counts map[string]int) []string {
	if len(e.Shapes) < minShapes || len(counts) == 0 {
		return nil
	}
	out := make([]string, 0, len(e.Shapes))
	for _, rule := range e.Shapes {
		found, ok := shapeRule(rule, counts)
		if !ok {
			return nil
		}
		out = append(out, "shape "+found)
	}
	return out
}

// shapeRule looks for one of the shapes "A|B", or for the shape of "A*N,M" in
// exactly N or M tensors.
func shapeRule(rule string, counts map[string]int) (found string, ok bool) {
	shape, number, exact := strings.Cut(rule, "*")
	for alternative := range strings.SplitSeq(shape, "|") {
		n := counts[alternative]
		if n == 0 {
			continue
		}
		if !exact {
			return alternative, true
		}
		if slices.Contains(strings.Split(number, ","), strconv.Itoa(n)) {
			return alternative + "*" + strconv.Itoa(n), true
		}
	}
	return "", false
}
