package modelcard

import (
	"regexp"
	"strings"
)

// A CodeReference names a Python class that a loader imports and runs. It is
// written "module.Class", or "owner/name--module.Class" when the code lies in
// another repository.
type CodeReference struct {
	Statement
	// Class is the class, File the file that defines it, such as
	// "modeling_x.py". Both are empty when the value has another form, which
	// is a Problem too.
	Class, File string
	// Repository is the hub id of the other repository that the code is taken
	// from, at whatever revision is current when it is loaded; empty when the
	// code lies beside the file.
	Repository string
}

// maxCode bounds the code references of one file.
const maxCode = 256

var codeName = regexp.MustCompile(`^((?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+)\.([A-Za-z0-9_]+)$`)

// codeReference takes a reference apart.
func codeReference(n *notes, s Statement) CodeReference {
	c := CodeReference{Statement: s}
	name := s.Value
	if repository, rest, found := strings.Cut(name, "--"); found {
		name = rest
		if !isHubID(repository) {
			n.add(s.Key, "%q does not name a repository", cut(repository, maxKey))
		} else {
			c.Repository = repository
		}
	}
	m := codeName.FindStringSubmatch(name)
	if m == nil {
		n.add(s.Key, "%q does not name a class in a module", cut(name, maxKey))
		return c
	}
	c.File, c.Class = strings.ReplaceAll(m[1], ".", "/")+".py", m[2]
	return c
}

// autoMap reads "auto_map": the classes for each kind of loader, a string or,
// for tokenizers, a list of a slow and a fast one.
func autoMap(e entry) []CodeReference {
	var list []CodeReference
	for item := range group(e, "auto_map").all() {
		list = append(list, codeReferences(item)...)
	}
	return limitCode(e, list)
}

// customPipelines reads "custom_pipelines", which names the class of a task
// under "impl".
func customPipelines(e entry) []CodeReference {
	var list []CodeReference
	for item := range group(e, "custom_pipelines").all() {
		if item.is(object) {
			list = append(list, codeReferences(item.at("impl"))...)
		}
	}
	return limitCode(e, list)
}

func codeReferences(e entry) []CodeReference {
	var list []CodeReference
	for item := range e.items(maxCode) {
		if item.kind != null && item.is(text) && item.value.text != "" {
			list = append(list, codeReference(e.notes, item.statement(item.value.text)))
		}
	}
	return list
}

func limitCode(e entry, list []CodeReference) []CodeReference {
	if len(list) > maxCode {
		e.notes.add(e.key, "%d references to code, of which %d are read", len(list), maxCode)
		list = list[:maxCode]
	}
	return list
}
