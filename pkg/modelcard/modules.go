package modelcard

import (
	"io"
	"strings"
)

// A Module is one step of a sentence-transformers model, from modules.json.
type Module struct {
	Index Statement // idx
	Name  Statement
	// Folder is where the step's own files lie, empty for the root.
	Folder Statement
	// Type is the class; CodeReference is set when it comes with a repository,
	// this one or another, and not with the library.
	Type          Statement
	CodeReference *CodeReference
}

// ReadModules reads a modules.json.
func ReadModules(path string, r io.Reader) ([]Module, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, array)
	if err != nil {
		return nil, nil, err
	}
	list := []Module{}
	for e := range (entry{value: root, notes: n}).all() {
		if len(list) == maxList {
			n.add("", "a list of %d modules, of which %d are read", len(root.members), maxList)
			break
		}
		if e.is(object) {
			list = append(list, module(e))
		}
	}
	return list, n.problems(), nil
}

func module(e entry) Module {
	m := Module{Index: e.scalar("idx"), Name: e.scalar("name"), Folder: e.scalar("path"), Type: e.text("type")}
	if t := m.Type.Value; t != "" && !strings.HasPrefix(t, "sentence_transformers.") {
		c := codeReference(e.notes, m.Type)
		m.CodeReference = &c
	}
	return m
}

// A SentenceTransformer is a config_sentence_transformers.json.
type SentenceTransformer struct {
	Path       string
	Versions   []Statement // __version__: of the libraries it was written with
	Prompts    int         // number of prompts
	Similarity Statement   // similarity_fn_name
	ModelType  Statement   // model_type
}

// ReadSentenceTransformer reads a config_sentence_transformers.json.
func ReadSentenceTransformer(path string, r io.Reader) (*SentenceTransformer, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	return &SentenceTransformer{
		Path:       path,
		Versions:   settings(group(e, "__version__")),
		Prompts:    group(e, "prompts").size(),
		Similarity: e.text("similarity_fn_name"),
		ModelType:  e.text("model_type"),
	}, n.problems(), nil
}

// A Pooling is the config.json of a sentence-transformers pooling step.
type Pooling struct {
	Path      string
	Dimension Statement // word_embedding_dimension, or embedding_dimension
	// Modes are the switches that are on, such as "pooling_mode_mean_tokens",
	// and "pooling_mode" where the mode is written as a word.
	Modes []Statement
}

// ReadPooling reads the config.json of a pooling step.
func ReadPooling(path string, r io.Reader) (*Pooling, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	p := &Pooling{Path: path, Dimension: e.first("word_embedding_dimension", "embedding_dimension")}
	for _, c := range settings(e) {
		if c.Key == "pooling_mode" || strings.HasPrefix(c.Key, "pooling_mode_") && c.Value == "true" {
			p.Modes = append(p.Modes, c)
		}
	}
	return p, n.problems(), nil
}
