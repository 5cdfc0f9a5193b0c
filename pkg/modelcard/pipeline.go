package modelcard

import (
	"io"
	"strings"
)

// A Pipeline is a diffusers model_index.json.
type Pipeline struct {
	Path       string
	Class      Statement // _class_name
	Version    Statement // _diffusers_version
	NameOrPath Statement // _name_or_path
	// Components are the models and other pieces of the pipeline, each in the
	// folder of its name, in file order. Those that are null or switched off
	// with [null, null] are not listed.
	Components []PipelineComponent
}

// A PipelineComponent is one piece of a pipeline.
type PipelineComponent struct {
	Name string
	// Library is a Python package, or a module of the pipeline itself; Class
	// a class in it.
	Library, Class Statement
}

// ReadPipeline reads a model_index.json.
func ReadPipeline(path string, r io.Reader) (*Pipeline, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	p := &Pipeline{
		Path:       path,
		Class:      pipelineClass(e),
		Version:    e.text("_diffusers_version"),
		NameOrPath: e.text("_name_or_path"),
	}
	for i := range e.size() {
		c, name := e.item(i), e.members[i].key
		if strings.HasPrefix(name, "_") || c.kind != array {
			continue // settings of the pipeline, such as requires_safety_checker
		}
		if len(p.Components) == maxList {
			n.add("", "more than %d components", maxList)
			break
		}
		if component, ok := pipelineComponent(name, c); ok {
			p.Components = append(p.Components, component)
		}
	}
	return p, n.problems(), nil
}

// pipelineClass reads "_class_name", which for a pipeline with code of its own
// is a list of a file and a class.
func pipelineClass(e entry) Statement {
	c := e.at("_class_name")
	if c.value == nil || c.kind != array || len(c.members) != 2 {
		return e.text("_class_name")
	}
	if last := c.item(1); last.is(text) {
		return last.statement(last.value.text)
	}
	return Statement{}
}

func pipelineComponent(name string, e entry) (PipelineComponent, bool) {
	if e.size() != 2 {
		return PipelineComponent{}, false // a setting that is a list
	}
	if e.item(0).kind == null && e.item(1).kind == null {
		return PipelineComponent{}, false
	}
	c := PipelineComponent{Name: cut(name, maxKey)}
	for i, to := range []*Statement{&c.Library, &c.Class} {
		if item := e.item(i); item.kind != null && item.is(text) {
			*to = item.statement(item.value.text)
		}
	}
	return c, !c.Class.IsZero() || !c.Library.IsZero()
}
