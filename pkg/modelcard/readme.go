package modelcard

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A Readme is the front matter of a model card, README.md. Keys are those of
// the hub's model card metadata.
type Readme struct {
	Path string
	// Found tells that there is front matter at all.
	Found bool

	Licenses    []Statement // license: hub keys or SPDX identifiers
	LicenseName Statement   // license_name, when license is "other"
	LicenseLink Statement   // license_link: a URL or a file of the repository

	BaseModels        []Statement // base_model
	BaseModelRelation Statement   // base_model_relation: adapter, merge, quantized, finetune
	NewVersion        Statement   // new_version: the repository that replaces this one
	ModelName         Statement   // model_name, else the name in the model-index

	Datasets  []Statement
	Languages []Statement // language, or languages
	Tags      []Statement
	Metrics   []Statement

	PipelineTag Statement // pipeline_tag: the task
	LibraryName Statement // library_name

	Results []Result // model-index, at most MaxResults
}

// A Result is one evaluation result of the model-index.
type Result struct {
	Task        Statement // task.type, else task.name
	Dataset     Statement // dataset.type, a hub id, else dataset.name
	DatasetName Statement // dataset.name, for people
	Metric      Statement // type, else name
	Value       Statement
}

const (
	// MaxFrontMatter bounds the front matter, in bytes.
	MaxFrontMatter = 1 << 20
	// MaxResults bounds the results of one model-index.
	MaxResults = 1000
	// readmeBuffer is how far a README is read beyond its front matter.
	readmeBuffer = 4096
)

// ReadReadme reads the front matter of a model card, the YAML between two "---"
// lines at its start, and nothing after it. A card without front matter is no
// problem and gives an empty Readme.
func ReadReadme(path string, r io.Reader) (*Readme, []Problem, error) {
	n := &notes{path: path}
	m := &Readme{Path: path}
	data, found, err := frontMatter(r)
	if errors.Is(err, errNoEnd) || errors.Is(err, errLongFrontMatter) {
		n.add("", "%v", err)
		return m, n.problems(), nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read front matter: %w", plainError(err))
	}
	if !found {
		return m, nil, nil
	}
	m.Found = true
	root, err := readYAML(n, data)
	switch {
	case err != nil:
		n.add("", "front matter: %v", err)
	case root.kind == object:
		m.fill(entry{value: root, notes: n})
	case root.kind != null:
		n.add("", "the front matter is %s, not a mapping", root.kind)
	}
	return m, n.problems(), nil
}

func (m *Readme) fill(e entry) {
	m.Licenses = e.texts("license")
	m.LicenseName = e.scalar("license_name")
	m.LicenseLink = e.scalar("license_link")
	m.BaseModels = e.named("base_model", "name", "id")
	m.BaseModelRelation = e.scalar("base_model_relation")
	m.NewVersion = e.scalar("new_version")
	m.ModelName = e.scalar("model_name")
	m.Datasets = e.named("datasets", "name", "id")
	m.Languages = append(e.named("language", "code", "name"), e.named("languages", "code", "name")...)
	m.Tags = e.texts("tags")
	m.Metrics = e.named("metrics", "name", "type")
	m.PipelineTag = e.scalar("pipeline_tag")
	m.LibraryName = e.scalar("library_name")
	for _, model := range listed(e.at("model-index")) {
		if m.ModelName.IsZero() {
			m.ModelName = model.scalar("name")
		}
		if !m.results(model) {
			e.notes.add("model-index", "more than %d results, of which %d are read", MaxResults, MaxResults)
			break
		}
	}
}

// results adds the results of one model and reports whether they fitted.
func (m *Readme) results(model entry) bool {
	for _, r := range listed(model.at("results")) {
		task, dataset := group(r, "task"), group(r, "dataset")
		for _, metric := range listed(r.at("metrics")) {
			if len(m.Results) == MaxResults {
				return false
			}
			m.Results = append(m.Results, Result{
				Task:        task.first("type", "name"),
				Dataset:     dataset.first("type", "name"),
				DatasetName: dataset.scalar("name"),
				Metric:      metric.first("type", "name"),
				Value:       metric.scalar("value"),
			})
		}
	}
	return true
}

// listed returns the objects of a list.
func listed(e entry) []entry {
	if !e.is(array) {
		return nil
	}
	var list []entry
	for item := range e.all() {
		if item.is(object) {
			list = append(list, item)
		}
	}
	return list
}

// group returns the object under key, or an entry without a value.
func group(e entry, key string) entry {
	c := e.at(key)
	if !c.is(object) {
		c.value = nil
	}
	return c
}

var (
	errNoEnd           = errors.New(`the front matter has no closing "---" line`)
	errLongFrontMatter = fmt.Errorf("the front matter is not closed within %d bytes", MaxFrontMatter)
)

// frontMatter returns the text between the first two "---" lines, as the hub
// finds it: white space may stand before the first and after both.
func frontMatter(r io.Reader) (data []byte, found bool, err error) {
	in := bufio.NewReaderSize(r, readmeBuffer)
	if head, _ := in.Peek(3); string(head) == "\uFEFF" {
		in.Discard(3)
	}
	for left := readmeBuffer; ; {
		line, err := in.ReadSlice('\n')
		if left -= len(line); left < 0 {
			return nil, false, nil
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if string(text) != "---" {
				return nil, false, nil
			}
			break
		}
		if err == io.EOF {
			return nil, false, nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return nil, false, err
		}
	}
	return untilFence(in)
}

// untilFence reads up to a line that is "---".
func untilFence(in *bufio.Reader) ([]byte, bool, error) {
	var data []byte
	for lineStart := true; ; {
		line, err := in.ReadSlice('\n')
		if lineStart && err != bufio.ErrBufferFull && string(bytes.TrimRight(line, " \t\r\n")) == "---" {
			return data, true, nil
		}
		if len(data)+len(line) > MaxFrontMatter {
			return nil, false, errLongFrontMatter
		}
		data = append(data, line...)
		lineStart = err == nil
		if err == io.EOF {
			return nil, false, errNoEnd
		}
		if err != nil && err != bufio.ErrBufferFull {
			return nil, false, err
		}
	}
}
