package codec

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// licenseTexts learns the names of licences that are described by their text,
// and says that the texts are not kept.
func (r *spdx3Reader) licenseTexts() {
	custom := r.customNames()
	for _, id := range sortedKeys(r.objects) {
		o := r.objects[id]
		text := o.get("simplelicensing_licenseText")
		if text == "" || strings.Contains(id, "spdx.org/licenses/") { // the text of a listed licence is known
			continue
		}
		name := cmp.Or(custom[id], licenseRefName(id))
		if simple, ok := relisted(name, text); ok {
			r.listed[name] = simple
			continue
		}
		if n := o.get("name"); n != name {
			r.licenseNames[name] = n
		}
		if !strings.HasPrefix(text, noLicenseText) && text != spdxNoAssertion {
			r.lose("licence text", "the text of %q is not kept", id)
		}
	}
}

// customNames maps the texts of licences to the names that expressions have for
// them.
func (r *spdx3Reader) customNames() map[string]string {
	names := map[string]string{}
	for _, id := range sortedKeys(r.objects) {
		list, _ := oneOrMany(r.objects[id]["simplelicensing_customIdToUri"])
		for _, raw := range list {
			var entry spdx3Object
			if len(raw) > 0 && raw[0] == '{' {
				_ = json.Unmarshal(raw, &entry) // it was read as part of the document
			} else if ids := plainStrings(raw); len(ids) == 1 {
				entry = r.objects[ids[0]]
			}
			if key := entry.get("key"); strings.HasPrefix(key, refPrefix) {
				names[entry.get("value")] = key
			}
		}
	}
	return names
}

// subject finds what the document is about: the root of its SBOM, or of the
// document, or what it describes, or the only component that nothing leads to,
// or a component made for it. It also tells our own documents.
func (r *spdx3Reader) subject() {
	var roots []string
	for _, c := range slices.Concat(r.sboms, r.documents) {
		r.ours = r.ours || r.marked[c.id]
		roots = append(roots, c.roots...)
	}
	for _, e := range r.edges {
		if e.word == "describes" && r.collections[e.from] {
			roots = append(roots, e.to...)
		}
	}
	var found []bom.Ref
	for _, id := range roots {
		a := r.byID[id]
		if a == nil || a.component.Ref == "" || slices.Contains(found, a.component.Ref) {
			continue
		}
		if found = append(found, a.component.Ref); len(found) > maxDescribed {
			r.lose("subject", "the document has several root elements; %q is taken as its subject", found[0])
			break
		}
	}
	if len(found) > 0 {
		r.out.Subject = found[0]
		return
	}
	r.out.Subject = r.onlyRoot()
}

func (r *spdx3Reader) onlyRoot() bom.Ref {
	target := map[string]bool{}
	for _, e := range r.edges {
		if e.word == "ancestorOf" {
			target[e.from] = true
			continue
		}
		for _, to := range e.to {
			target[to] = true
		}
	}
	var candidates []bom.Ref
	used := map[bom.Ref]bool{}
	for _, a := range r.artifacts {
		used[a.component.Ref] = true
		if !target[a.id] && a.component.Kind != bom.KindFile {
			candidates = append(candidates, a.component.Ref)
		}
	}
	if len(candidates) == 1 {
		return candidates[0]
	}
	ref, name := bom.Ref("document"), "document"
	for _, c := range slices.Concat(r.documents, r.sboms) {
		if c.name != "" {
			name = c.name
			break
		}
	}
	for used[ref] {
		ref += "-"
	}
	r.lose("subject", "the document has no root element; %q is made up as its subject", ref)
	a := &spdx3Artifact{component: bom.Component{Ref: ref, Kind: bom.KindApplication, Name: name}}
	r.artifacts = append(r.artifacts, a)
	r.out.Components = append(r.out.Components, a.component)
	return ref
}

func (r *spdx3Reader) relationships() {
	index := make(map[bom.Ref]int, len(r.out.Components))
	for i := range r.out.Components {
		index[r.out.Components[i].Ref] = i
	}
	dangling := 0
	for _, e := range r.edges {
		from := r.byID[e.from]
		switch {
		case r.collections[e.from]:
			continue
		case from == nil || from.component.Ref == "":
			dangling++
			continue
		case e.word == spdx3DeclaredLicense || e.word == spdx3Concluded:
			c := &r.out.Components[index[from.component.Ref]]
			for _, to := range e.to {
				c.Licenses = append(c.Licenses, r.licence(to, acknowledgement(e.word))...)
			}
			continue
		}
		r.aggregate(e)
		for _, to := range e.to {
			if a := r.byID[to]; a != nil && a.component.Ref != "" {
				r.out.Relationships = append(r.out.Relationships, relationSPDX3(from.component.Ref, e, a.component.Ref))
				continue
			}
			dangling++
		}
	}
	if dangling > 0 {
		r.lose("relationships", "%d lead to or from elements that are not kept", dangling)
	}
}

func acknowledgement(word string) bom.Acknowledgement {
	if word == spdx3DeclaredLicense {
		return bom.Declared
	}
	return bom.Concluded
}

func relationSPDX3(from bom.Ref, e spdx3Edge, to bom.Ref) bom.Relationship {
	switch e.word {
	case "other":
		relation, note := readOtherRelation(e.comment)
		return bom.Relationship{From: from, Type: relation, To: to, Note: note}
	case "ancestorOf":
		return bom.Relationship{From: to, Type: bom.DescendantOf, To: from, Note: e.comment}
	}
	return bom.Relationship{From: from, Type: bom.Relation(e.word), To: to, Note: e.comment}
}

// aggregate reads what is said about completeness; the less complete statement
// counts.
func (r *spdx3Reader) aggregate(e spdx3Edge) {
	var a bom.Aggregate
	switch e.completeness {
	case "complete":
		a = bom.AggregateComplete
	case "incomplete":
		a = bom.AggregateIncomplete
	case "noAssertion":
		a = bom.AggregateUnknown
	default:
		return
	}
	to := &r.out.Completeness.Assembly
	switch bom.Relation(e.word) {
	case bom.Contains:
	case bom.DescendantOf:
		to = &r.out.Completeness.Lineage
	default:
		return
	}
	if *to == "" || *to == bom.AggregateComplete {
		*to = a
	}
}
