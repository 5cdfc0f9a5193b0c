package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A spdx3Object is one JSON object of a graph. The getters take what they read
// out of it, so that in the end it holds what nobody asked for.
type spdx3Object map[string]json.RawMessage

func (o spdx3Object) take(key string) json.RawMessage {
	raw := o[key]
	delete(o, key)
	return raw
}

// str takes a string, or the first of a list of strings; numbers and booleans
// come as they are written.
func (o spdx3Object) str(key string) string {
	if list := o.strs(key); len(list) > 0 {
		return list[0]
	}
	return ""
}

// strs takes a string or a list of them.
func (o spdx3Object) strs(key string) []string { return plainStrings(o.take(key)) }

func plainStrings(raw json.RawMessage) []string {
	var one any
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' && bytes.IndexByte(raw, '{') >= 0 {
		return nil
	}
	if raw[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		var out []string
		for _, r := range list {
			if len(r) > 0 && r[0] != '[' {
				out = append(out, plainStrings(r)...)
			}
		}
		return out
	}
	if json.Unmarshal(raw, &one) != nil || one == nil {
		return nil
	}
	if s, ok := one.(string); ok {
		return []string{s}
	}
	return []string{string(raw)}
}

// word takes an individual of a vocabulary, written short or as an IRI.
func (o spdx3Object) word(key string) string { return lastSegment(o.str(key)) }

// id is the identifier of an element or of a blank node.
func (o spdx3Object) id() string {
	id := o.str("spdxId")
	if blank := o.str("@id"); id == "" {
		id = blank
	}
	return id
}

// class is the type in the short form of the context: "software_Package".
func (o spdx3Object) class() string {
	class := o.str("type")
	if long := o.str("@type"); class == "" {
		class = long
	}
	_, terms, ok := strings.Cut(class, "/terms/")
	if !ok || !strings.HasPrefix(class, "https://spdx.org/rdf/3") {
		return class
	}
	profile, name, _ := strings.Cut(terms, "/")
	if profile == "Core" {
		return name
	}
	return strings.ToLower(profile) + "_" + name
}

// lastSegment cuts an IRI behind its last "/" or "#".
func lastSegment(iri string) string { return iri[strings.LastIndexAny(iri, "/#")+1:] }

// maxSPDX3Objects bounds the objects that stand directly in a graph: a document
// of 200,000 files has about a million. Each takes a few hundred bytes.
const maxSPDX3Objects = 2_000_000

// readGraph hands every object of a graph to f, one after the other, so that the
// whole is never held as a tree.
func readGraph(data []byte, f func(spdx3Object) error) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := expect(dec, json.Delim('{')); err != nil {
		return explainJSON(data, err)
	}
	top, found := spdx3Object{}, false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return explainJSON(data, err)
		}
		if key == "@graph" && !found {
			found = true
			if err := eachObject(dec, f); err != nil {
				return explainJSON(data, err)
			}
			continue
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return explainJSON(data, err)
		}
		top[fmt.Sprint(key)] = value
	}
	if _, err := dec.Token(); err != nil {
		return explainJSON(data, err)
	}
	if !found { // a document can be a single object
		delete(top, "@context")
		return f(top)
	}
	return nil
}

func eachObject(dec *json.Decoder, f func(spdx3Object) error) error {
	if err := expect(dec, json.Delim('[')); err != nil {
		return err
	}
	for n := 0; dec.More(); n++ {
		if n == maxSPDX3Objects {
			return fmt.Errorf("more than %d objects in @graph", maxSPDX3Objects)
		}
		var o spdx3Object
		if err := dec.Decode(&o); err != nil {
			return err
		}
		if err := f(o); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func expect(dec *json.Decoder, want json.Delim) error {
	t, err := dec.Token()
	if err == nil && t != want {
		err = errors.New("@graph is no list of objects")
	}
	return err
}
