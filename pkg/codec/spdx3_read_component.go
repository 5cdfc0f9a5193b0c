package codec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// quoteJSON writes a string as JSON.
func quoteJSON(s string) json.RawMessage {
	b, _ := json.Marshal(s) // strings always marshal
	return b
}

// maxInside bounds how deep objects may stand inside objects. SPDX 3 needs
// three levels.
const maxInside = 32

// links returns the identifiers of a reference or a list of them. What is
// described in place is filed as if it stood in the graph.
func (r *spdx3Reader) links(raw json.RawMessage, depth int) []string {
	list, ok := oneOrMany(raw)
	if !ok {
		return nil
	}
	var ids []string
	for _, one := range list {
		if len(one) == 0 || one[0] != '{' {
			ids = append(ids, plainStrings(one)...)
			continue
		}
		var o spdx3Object
		if depth >= maxInside || json.Unmarshal(one, &o) != nil {
			r.dropped["objects nested too deep"]++
			continue
		}
		if len(o) == 1 { // {"@id": "..."}: a reference written long
			if id := o.id(); id != "" {
				ids = append(ids, id)
				continue
			}
		}
		ids = append(ids, r.object(o, depth+1))
	}
	return ids
}

// oneOrMany returns the values of a field: JSON-LD writes a list of one without
// its brackets. The list is fresh, because decoding into one that holds raw
// would write over it.
func oneOrMany(raw json.RawMessage) ([]json.RawMessage, bool) {
	if len(raw) == 0 {
		return nil, false
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}, true
	}
	var list []json.RawMessage
	err := json.Unmarshal(raw, &list)
	return list, err == nil
}

func (r *spdx3Reader) link(raw json.RawMessage, depth int) string {
	if ids := r.links(raw, depth); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// members files the parts of a licence set that are described in place.
func (r *spdx3Reader) members(o spdx3Object, depth int) {
	for _, key := range []string{"expandedlicensing_member", "expandedlicensing_subjectLicense", "expandedlicensing_subjectExtendableLicense", "expandedlicensing_subjectAddition"} {
		if raw, ok := o[key]; ok {
			list, _ := json.Marshal(r.links(raw, depth))
			o[key] = list
		}
	}
}

// each hands the objects that a field refers to to f: those described in place
// at once, those that stand elsewhere when everything is read.
func (r *spdx3Reader) each(raw json.RawMessage, depth int, f func(spdx3Object)) {
	list, _ := oneOrMany(raw)
	var elsewhere []string
	for _, one := range list {
		var o spdx3Object
		if len(one) > 0 && one[0] == '{' && json.Unmarshal(one, &o) == nil && o["spdxId"] == nil && o["@id"] == nil {
			o["type"] = quoteJSON(o.class())
			f(o)
			continue
		}
		elsewhere = append(elsewhere, r.links(one, depth)...)
	}
	if len(elsewhere) == 0 {
		return
	}
	r.later = append(r.later, func() {
		for _, id := range elsewhere {
			if o, ok := r.objects[id]; ok {
				f(o)
			}
		}
	})
}

// get reads a field without taking it: others may refer to the same object.
func (o spdx3Object) get(key string) string {
	if list := plainStrings(o[key]); len(list) > 0 {
		return list[0]
	}
	return ""
}

func (r *spdx3Reader) artifact(a *spdx3Artifact, class string, o spdx3Object, depth int) {
	c := &a.component
	purpose := o.word("software_primaryPurpose")
	c.PURL = o.str("software_packageUrl")
	c.Kind = spdx3Kind(class, purpose, c.PURL)
	if class == "dataset_DatasetPackage" {
		c.Role = bom.RoleDataset
	}
	c.Name, c.Description, c.Version = o.str("name"), o.str("description"), o.str("software_packageVersion")
	c.Copyright = assertion(o.str("software_copyrightText"))
	r.each(o.take("suppliedBy"), depth, func(agent spdx3Object) {
		s := r.organization(agent)
		c.Supplier = &s
	})
	r.each(o.take("verifiedUsing"), depth, func(h spdx3Object) {
		if plainClass(h) == "Hash" {
			c.Hashes = append(c.Hashes, readHash(lastSegment(h.get("algorithm")), h.get("hashValue")))
		}
	})
	if class == "ai_AIPackage" {
		r.model(c, o, depth)
	}
	r.artifactLinks(a, o, depth)
	a.extras = append(a.extras, objectExtras(purpose, o)...)
}

// artifactLinks reads where to find a component. The home page and the download
// location follow the references, which may have them with a comment.
func (r *spdx3Reader) artifactLinks(a *spdx3Artifact, o spdx3Object, depth int) {
	c := &a.component
	r.each(o.take("externalRef"), depth, func(ref spdx3Object) {
		for _, locator := range plainStrings(ref["locator"]) {
			c.Links = append(c.Links, bom.Link{Type: linkWord(lastSegment(ref.get("externalRefType"))), URL: locator, Comment: ref.get("comment")})
		}
	})
	r.each(o.take("externalIdentifier"), depth, func(id spdx3Object) {
		kind, value := lastSegment(id.get("externalIdentifierType")), id.get("identifier")
		if kind == "packageUrl" && c.PURL == "" {
			c.PURL = value
		} else if kind != "packageUrl" || c.PURL != value {
			a.extras = append(a.extras, bom.Property{Name: "spdx:externalIdentifier", Value: bom.JoinFields(kind, value)})
		}
	})
	home, download := o.str("software_homePage"), o.str("software_downloadLocation")
	if home != "" || download != "" {
		r.later = append(r.later, func() {
			addLink(c, "website", home)
			addLink(c, "distribution", download)
		})
	}
}

// model reads what SPDX knows of a model. Entries under our own names repeat
// what stands in the annotation.
func (r *spdx3Reader) model(c *bom.Component, o spdx3Object, depth int) {
	m := &bom.Model{Task: o.str("ai_informationAboutApplication")}
	types := o.strs("ai_typeOfModel")
	if len(types) > 0 {
		m.Architecture = types[0]
	}
	for _, t := range types[min(1, len(types)):] {
		c.Properties = append(c.Properties, bom.Property{Name: "spdx:ai_typeOfModel", Value: t})
	}
	if m.Task != "" || m.Architecture != "" {
		c.Model = m
	}
	entry := func(add func(key, value string)) func(spdx3Object) {
		return func(e spdx3Object) {
			if key := e.get("key"); !strings.HasPrefix(key, prefix) {
				add(key, e.get("value"))
				c.Model = m
			}
		}
	}
	r.each(o.take("ai_hyperparameter"), depth, entry(func(key, value string) {
		m.Hyperparameters = append(m.Hyperparameters, bom.Property{Name: key, Value: value})
	}))
	r.each(o.take("ai_metric"), depth, entry(func(key, value string) {
		m.Metrics = append(m.Metrics, bom.Metric{Type: key, Value: value})
	}))
}

// organization reads a person or organisation.
func (r *spdx3Reader) organization(agent spdx3Object) bom.Organization {
	o := bom.Organization{Name: agent.get("name"), Person: plainClass(agent) == typePerson}
	for _, id := range r.links(agent["externalIdentifier"], maxInside-1) {
		if e := r.objects[id]; lastSegment(e.get("externalIdentifierType")) == "email" && o.Email == "" {
			o.Email = e.get("identifier")
		}
	}
	for _, id := range r.links(agent["externalRef"], maxInside-1) {
		if e := r.objects[id]; lastSegment(e.get("externalRefType")) == "altWebPage" && o.URL == "" {
			o.URL = e.get("locator")
		}
	}
	return o
}

// objectExtras are the plain values of fields that the neutral model does not
// have, as properties.
func objectExtras(purpose string, o spdx3Object) []bom.Property {
	if _, known := spdx3KindOfPurpose()[purpose]; !known && purpose != "" {
		o["software_primaryPurpose"] = quoteJSON(purpose)
	}
	delete(o, "creationInfo")
	e := properties{whole: true}
	for _, key := range sortedKeys(o) {
		for _, value := range plainStrings(o[key]) {
			if strings.HasPrefix(value, "https://spdx.org/rdf/3") {
				value = lastSegment(value)
			}
			e.add("spdx:"+key, assertion(value))
		}
	}
	return slices.Clip(e.list)
}
