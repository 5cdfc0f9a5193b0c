package codec

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// spdx3Context is the context that every document of 3.0.1 names.
const spdx3Context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"

// canonicalSPDX3 gives the library's output its one form: the graph and the
// lists of elements sorted by identifier, without the individuals that SPDX
// itself defines, and without the prefix for identifiers that the library makes
// up and nothing uses. The library sorts the keys of every object already.
func canonicalSPDX3(raw []byte) ([]byte, error) {
	var doc struct {
		Graph []json.RawMessage `json:"@graph"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read the library's output: %w", err)
	}
	type element struct {
		id   string
		text []byte
	}
	graph := make([]element, 0, len(doc.Graph))
	for _, text := range doc.Graph {
		var head struct {
			ID    string `json:"spdxId"`
			Blank string `json:"@id"`
			Type  string `json:"type"`
		}
		if err := json.Unmarshal(text, &head); err != nil {
			return nil, err
		}
		id := cmp.Or(head.ID, head.Blank)
		if strings.HasPrefix(id, spdx3Terms) {
			continue
		}
		if head.Type == "SpdxDocument" || head.Type == "software_Sbom" {
			var err error
			if text, err = canonicalCollection(text); err != nil {
				return nil, err
			}
		}
		graph = append(graph, element{id, text})
	}
	slices.SortFunc(graph, func(a, b element) int { return cmp.Or(cmp.Compare(a.id, b.id), bytes.Compare(a.text, b.text)) })
	var compact, out bytes.Buffer
	fmt.Fprintf(&compact, `{"@context":%q,"@graph":[`, spdx3Context)
	for i, e := range graph {
		if i > 0 {
			compact.WriteByte(',')
		}
		compact.Write(e.text)
	}
	compact.WriteString("]}")
	if err := json.Indent(&out, compact.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// canonicalCollection sorts the element list of a document or SBOM.
func canonicalCollection(text []byte) ([]byte, error) {
	var c map[string]json.RawMessage
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	delete(c, "namespaceMap")
	if c["element"] != nil {
		var list []string
		if err := json.Unmarshal(c["element"], &list); err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(id string) bool { return strings.HasPrefix(id, spdx3Terms) })
		slices.Sort(list)
		sorted, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		c["element"] = sorted
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // as the library does
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
