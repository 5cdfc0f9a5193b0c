package modelcard

import "io"

// A Params is the configuration of a model in its publisher's own layout,
// Mistral's params.json and Llama's original/params.json.
type Params struct {
	Path     string
	Settings []Statement // dim, n_layers, vocab_size, ... in file order
	// Nested holds the scalars of nested objects such as "vision_encoder" and
	// "moe", with their full keys.
	Nested []Statement
}

// ReadParams reads a params.json.
func ReadParams(path string, r io.Reader) (*Params, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	p := &Params{Path: path, Settings: settings(e)}
	for c := range e.all() {
		if c.kind == object && len(p.Nested) < maxList {
			p.Nested = append(p.Nested, settings(c)...)
		}
	}
	return p, n.problems(), nil
}
