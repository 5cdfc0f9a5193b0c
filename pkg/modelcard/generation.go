package modelcard

import "io"

// A Generation is a generation_config.json.
type Generation struct {
	Path     string
	Settings []Statement // scalars and short lists, at most 64, in file order
}

// ReadGeneration reads a generation_config.json.
func ReadGeneration(path string, r io.Reader) (*Generation, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	return &Generation{path, settings(entry{value: root, notes: n})}, n.problems(), nil
}
