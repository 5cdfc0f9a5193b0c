package format

import "regexp"

// maxYAML bounds a configuration in bytes.
const maxYAML = 8 << 20

var (
	// yamlTarget is what hydra.utils.instantiate calls, as NeMo and others do with
	// the configuration that a checkpoint brings along.
	yamlTarget = regexp.MustCompile(`["']?(_target_|target)["']?\s*:\s*["']?([A-Za-z_][A-Za-z0-9_]*(?:[.:][A-Za-z_][A-Za-z0-9_]*)+)`)
	// yamlTag is a tag of PyYAML that imports and calls, where a loader is not
	// the safe one.
	yamlTag = regexp.MustCompile(`(?:!!python/|!<tag:yaml\.org,2002:python/|!python/)(?:object/apply|object/new|object|name|module)[: ]([A-Za-z_][A-Za-z0-9_.]*)`)
)

// targets looks for what a configuration in YAML makes a loader import and call.
// It is a search for the usual forms, which proves presence and never absence.
func (s *scan) targets(it *item) {
	text := s.content(it, maxYAML)
	for _, m := range yamlTarget.FindAllSubmatchIndex(text, maxOther) {
		name := string(text[m[4]:m[5]])
		// The key "target" is that of many things; what it names counts when it
		// is known to be dangerous.
		if string(text[m[2]:m[3]]) == "target" && JudgeGlobal(name).Grade != DangerousGlobal {
			continue
		}
		s.t.keep(torchCode{Code{CodeImport, it.at(it.begin + int64(m[4])), name, "a target of the configuration" + ofLayer(it.where)}, classOther})
	}
	for _, m := range yamlTag.FindAllSubmatchIndex(text, maxOther) {
		s.t.keep(torchCode{Code{CodeImport, it.at(it.begin + int64(m[2])), string(text[m[2]:m[3]]), "a tag of PyYAML" + ofLayer(it.where)}, classOther})
	}
}
