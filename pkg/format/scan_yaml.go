package format

import "regexp"

// maxYAML bounds a configuration in bytes.
const maxYAML = 8 << 20

var (
	// yamlTarget is what hydra.utils.instantiate calls, as NeMo and others do with
	// the configuration that a checkpoint brings along.
	yamlTarget = regexp.MustCompile(`["']?(_target_|target)["']?\s*:\s*(?:(?:[&!][^\s,\]}]*|[>|][-+0-9]*|#[^\n]*\n)\s*)*["']?([A-Za-z_][A-Za-z0-9_]*(?:[.:][A-Za-z_][A-Za-z0-9_]*)+)`)
	// yamlHidden is what can stand for a target or tag without spelling it: a prefix
	// of tags, an escape in a tag, in a key or in a target, an alias or a reference as
	// a target.
	yamlHidden = regexp.MustCompile(`(?m)^%TAG\s|(?:^|[\s:\[,{-])!<?[^\s"'{}\[\]]*%[0-9A-Fa-f]{2}|"[^"\n]*\\[xuU0-9][^"\n]*"\s*:|["']?_target_["']?\s*:\s*(?:\*|"[^"\n]*\\|[^\n]*\$\{)`)
	// yamlTag is a tag of PyYAML that imports and calls, where a loader is not
	// the safe one.
	yamlTag = regexp.MustCompile(`(?:!!python/|!<tag:yaml\.org,2002:python/|!python/)(?:object/apply|object/new|object|name|module)[: ]([A-Za-z_][A-Za-z0-9_.]*)`)
)

// targets looks for what a configuration in YAML makes a loader import and call.
// It is a search for the usual forms, which proves presence and never absence.
func (s *scan) targets(it *item) {
	text := s.content(it, maxYAML)
	plain, ok := pythonText(text)
	if !ok || len(plain) != len(text) {
		in := *it
		in.packedAt = it.at(it.begin) // offsets are those of the decoded text
		it, text = &in, plain
	}
	if m := yamlHidden.FindIndex(text); m != nil || !ok {
		at := it.begin
		if m != nil {
			at += int64(m[0])
		}
		s.gap(it, at, "a configuration that names something in a way that is not followed")
	}
	for _, m := range yamlTarget.FindAllSubmatchIndex(text, -1) {
		name := string(text[m[4]:m[5]])
		// The key "target" is that of many things; what it names counts when it
		// is known to be dangerous.
		if string(text[m[2]:m[3]]) == "target" && JudgeGlobal(name).Grade != DangerousGlobal {
			continue
		}
		s.t.keep(torchCode{Code{CodeImport, it.at(it.begin + int64(m[4])), name, "a target of the configuration" + ofLayer(it.where)}, classOther})
	}
	for _, m := range yamlTag.FindAllSubmatchIndex(text, -1) {
		s.t.keep(torchCode{Code{CodeImport, it.at(it.begin + int64(m[2])), string(text[m[2]:m[3]]), "a tag of PyYAML" + ofLayer(it.where)}, classOther})
	}
}
