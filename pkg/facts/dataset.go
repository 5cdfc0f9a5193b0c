package facts

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// A Dataset is what is stated about a data set that the model names.
type Dataset struct {
	Key         string // a reference, or GROUP/NAME
	Description string
	Types       []string // of [DatasetTypes]
	// Identifier names the data set: a package URL, a DOI, an address.
	Identifier string
	Digest     string // "sha256:..." of the data set as it is published
	// Statistics are its size and make-up, Sensitivity what personal or
	// confidential data it holds.
	Statistics, Sensitivity string
	Originator              string
	Supplier                *Organization
	Licences
	Version     string
	Download    string
	Time, Built time.Time
	Line        int
}

// DatasetTypes are the types of data of SPDX 3.0.1 (Dataset, DatasetType).
func DatasetTypes() []string {
	return []string{"audio", "categorical", "graph", "image", "numeric", "other", "sensor", "structured", "syntactic", "text", "timeseries", "timestamp", "video"}
}

func (d *decoder) dataset(key, n *yaml.Node) Dataset {
	s := Dataset{Key: d.exact(key, "the name of a data set", key.Value, maxKey), Line: key.Line}
	if strictyaml.IsNull(n) {
		return s
	}
	what := entry(s.Key)
	fields := map[string]strictyaml.Field{
		"description": d.text(&s.Description, maxText), "identifier": d.text(&s.Identifier, maxLink), "digest": d.digest(&s.Digest),
		"types":      func(_, n *yaml.Node) { s.Types = d.types(n, what+": types") },
		"statistics": d.text(&s.Statistics, maxText), "sensitivity": d.text(&s.Sensitivity, maxText),
		"supplier":   func(_, n *yaml.Node) { s.Supplier = d.organization(n, what+": supplier", false) },
		"originator": d.text(&s.Originator, maxName), "version": d.text(&s.Version, maxName), "download": d.link(&s.Download),
		"release-time": d.time(&s.Time), "built-time": d.time(&s.Built),
	}
	d.licences(&s.Licences, fields)
	d.Mapping(n, what, fields)
	return s
}

func (d *decoder) types(n *yaml.Node, what string) []string {
	var out []string
	d.List(n, what, len(DatasetTypes()), func(item *yaml.Node) {
		var word string
		d.Word(&word, DatasetTypes())(&yaml.Node{Value: "the type"}, item)
		out = append(out, word)
	})
	return out
}

func (a *applier) dataset(s *Dataset) {
	c, complaint := a.findOutside(s.Key, "dataset:", "data set", isDataset)
	if c == nil {
		a.unknown(s.Line, s.Key, complaint)
		return
	}
	if !a.take(c, s.Line, s.Key) {
		return
	}
	key := "datasets." + s.Key
	a.supplier(c, s.Supplier, key+".supplier")
	a.single(c, s.Line, key+".originator", PropOriginator, s.Originator)
	a.native(c, s.Line, key, s.Version, s.Download, s.Time, s.Built)
	a.description(c, s.Line, key, s.Description)
	a.licences(c, s.Line, key, s.Licences)
	add(c, PropTypes, strings.Join(s.Types, ", "))
	add(c, PropStatistics, s.Statistics)
	add(c, PropSensitivity, s.Sensitivity)
	add(c, PropIdentifier, s.Identifier)
	add(c, PropDigest, s.Digest)
	if s.Digest != "" {
		c.Hashes = append(c.Hashes, bom.Hash{Algorithm: bom.SHA256, Value: strings.TrimPrefix(s.Digest, "sha256:"), Asserted: true})
	}
}
