package modelcard

import "io"

// A Processor is the configuration of what prepares a model's inputs:
// preprocessor_config.json, processor_config.json, video_preprocessor_config.json.
type Processor struct {
	Path string
	// Classes are the class names: processor_class, image_processor_type,
	// feature_extractor_type, video_processor_type, also those of nested
	// processors.
	Classes    []Statement
	NameOrPath Statement // name_or_path, or _name_or_path
	AutoMap    []CodeReference
	Settings   []Statement // scalars of the file, at most 64
}

// processorParts are the objects in which a processor_config.json keeps the
// processors it is put together from.
func processorParts() []string {
	return []string{"image_processor", "feature_extractor", "video_processor", "audio_processor", "tokenizer"}
}

// ReadProcessor reads the configuration of a processor.
func ReadProcessor(path string, r io.Reader) (*Processor, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	e := entry{value: root, notes: n}
	p := &Processor{
		Path:       path,
		NameOrPath: e.first("_name_or_path", "name_or_path"),
		Settings:   settings(e),
	}
	p.add(e)
	for _, key := range processorParts() {
		if c := e.at(key); c.value != nil && c.kind == object {
			p.add(c)
		}
	}
	return p, n.problems(), nil
}

func (p *Processor) add(e entry) {
	for _, key := range []string{"processor_class", "image_processor_type", "feature_extractor_type", "video_processor_type"} {
		if s := e.text(key); !s.IsZero() {
			p.Classes = append(p.Classes, s)
		}
	}
	p.AutoMap = append(p.AutoMap, autoMap(e)...)
}
