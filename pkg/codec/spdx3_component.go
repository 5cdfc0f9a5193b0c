package codec

import (
	"slices"
	"strings"
	"time"

	spdx "github.com/spdx/tools-golang/spdx/v3/v3_0"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Properties that a person supplies for the AI and Dataset profiles, which
// cannot be known from a repository.
const (
	propReleaseTime = prefix + "release-time" // RFC 3339
	propBuiltTime   = prefix + "built-time"   // RFC 3339
	propOriginator  = prefix + "originator"   // a name
)

// artifact writes one component as the class that fits it.
func (w *spdx3Writer) artifact(c *bom.Component) spdx.AnySoftwareArtifact {
	var a spdx.AnySoftwareArtifact
	switch spdx3Class(c) {
	case "ai_AIPackage":
		a = w.aiPackage(c)
	case "dataset_DatasetPackage":
		a = &spdx.DatasetPackage{DatasetTypes: datasetTypes(c)}
	case "software_File":
		a = &spdx.File{Kind: spdx.FileKindType_File}
	default:
		a = &spdx.Package{}
	}
	a.SetID(w.namespace + spdx3Fragment(string(c.Ref)))
	a.SetName(jsonText(c.Name))
	a.SetDescription(jsonText(c.Description))
	a.SetCopyrightText(jsonText(c.Copyright))
	a.SetPrimaryPurpose(w.purposes[spdx3Purpose(c)])
	a.SetVerifiedUsing(w.verifiedUsing(c.Hashes))
	a.SetExternalRefs(externalRefs(c.Links))
	w.suppliedBy(a, c)
	if p, ok := a.(spdx.AnyPackage); ok {
		p.SetVersion(jsonText(c.Version))
		p.SetPackageURL(spdx.URI(spdxPURL(c.PURL)))
		p.SetDownloadLocation(spdx.URI(downloadLink(c.Links)))
		p.SetHomePage(spdx.URI(firstLink(c.Links, "website")))
	}
	return a
}

// propTypes are the types of data of a data set, in SPDX's words, separated by
// commas.
const propTypes = prefix + "stated:dataset:types"

// datasetTypes are those that somebody stated: what is in a data set is not known
// from here.
func datasetTypes(c *bom.Component) []spdx.DatasetType {
	words := map[string]spdx.DatasetType{
		"audio": spdx.DatasetType_Audio, "categorical": spdx.DatasetType_Categorical, "graph": spdx.DatasetType_Graph, "image": spdx.DatasetType_Image,
		"numeric": spdx.DatasetType_Numeric, "other": spdx.DatasetType_Other, "sensor": spdx.DatasetType_Sensor, "structured": spdx.DatasetType_Structured,
		"syntactic": spdx.DatasetType_Syntactic, "text": spdx.DatasetType_Text, "timeseries": spdx.DatasetType_Timeseries,
		"timestamp": spdx.DatasetType_Timestamp, "video": spdx.DatasetType_Video,
	}
	var out []spdx.DatasetType
	for word := range strings.SplitSeq(findProperty(c.Properties, propTypes), ",") {
		if t, ok := words[strings.TrimSpace(word)]; ok && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return []spdx.DatasetType{spdx.DatasetType_NoAssertion}
	}
	return out
}

func (w *spdx3Writer) suppliedBy(a spdx.AnySoftwareArtifact, c *bom.Component) {
	if c.Supplier != nil {
		a.SetSuppliedBy(w.agent(*c.Supplier))
	}
	if name := findProperty(c.Properties, propOriginator); name != "" {
		a.SetOriginatedBy(spdx.AgentList{w.agent(bom.Organization{Name: name})})
	}
	if t, err := time.Parse(time.RFC3339, findProperty(c.Properties, propReleaseTime)); err == nil {
		a.SetReleaseTime(t.UTC())
	}
	if t, err := time.Parse(time.RFC3339, findProperty(c.Properties, propBuiltTime)); err == nil {
		a.SetBuiltTime(t.UTC())
	}
}

// aiPackage writes what is known of a model. Sizes and number formats stand
// among the hyperparameters under our own names, for readers without the
// annotation; reading leaves them out.
func (w *spdx3Writer) aiPackage(c *bom.Component) *spdx.AIPackage {
	a := &spdx.AIPackage{}
	m := c.Model
	if m == nil {
		return a
	}
	a.InformationAboutApplication = jsonText(m.Task)
	if m.Architecture != "" {
		a.TypeOfModels = []string{jsonText(m.Architecture)}
	}
	for _, h := range m.Hyperparameters {
		a.Hyperparameters = append(a.Hyperparameters, &spdx.DictionaryEntry{Key: jsonText(h.Name), Value: jsonText(h.Value)})
	}
	own := properties{whole: true}
	modelProperties(&own, m, natively{Task: true, Architecture: true, Inputs: true, Hyperparameters: true, Metrics: true})
	for _, p := range own.list {
		a.Hyperparameters = append(a.Hyperparameters, &spdx.DictionaryEntry{Key: p.Name, Value: p.Value})
	}
	for _, x := range m.Metrics {
		key := x.Type
		if x.Dataset != "" {
			key += " (" + x.Dataset + ")"
		}
		a.Metrics = append(a.Metrics, &spdx.DictionaryEntry{Key: jsonText(key), Value: jsonText(x.Value)})
	}
	return a
}

func (w *spdx3Writer) verifiedUsing(hashes []bom.Hash) spdx.IntegrityMethodList {
	var out spdx.IntegrityMethodList
	for _, h := range hashes {
		if _, word := hashWords(h); word != "" {
			out = append(out, &spdx.Hash{Algorithm: w.hashes[word], Value: h.Value})
		}
	}
	return out
}

func externalRefs(links []bom.Link) spdx.ExternalRefList {
	var out spdx.ExternalRefList
	for _, l := range links {
		kind, _ := linkType(l.Type)
		if l.URL != "" {
			out = append(out, &spdx.ExternalRef{Type: kind, Locators: []string{jsonText(l.URL)}, Comment: jsonText(l.Comment)})
		}
	}
	return out
}

// note collects what the native fields do not say.
func (w *spdx3Writer) note(c *bom.Component) []bom.Property {
	class := spdx3Class(c)
	native := &bom.Component{Kind: spdx3Kind(class, spdx3Purpose(c), spdxPURL(c.PURL)),
		Name: jsonText(c.Name), Description: jsonText(c.Description), Copyright: assertion(jsonText(c.Copyright))}
	if class != "software_File" {
		native.Version, native.PURL = jsonText(c.Version), spdxPURL(c.PURL)
	}
	for _, h := range c.Hashes {
		if _, word := hashWords(h); word != "" {
			native.Hashes = append(native.Hashes, h)
		}
	}
	n := natively{
		Kind:          native.Kind == c.Kind,
		Supplier:      c.Supplier != nil && c.Supplier.Name != "" && c.Supplier.Country == "",
		Links:         !slices.ContainsFunc(c.Links, inexactLink),
		Licenses:      nativeLicenses(c.Licenses, w.list).whole,
		Relationships: true,
		AnyLength:     true,
	}
	if class == "ai_AIPackage" && c.Model != nil {
		n.Task, n.Architecture = c.Model.Task == jsonText(c.Model.Task), c.Model.Architecture == jsonText(c.Model.Architecture)
		n.Hyperparameters = !slices.ContainsFunc(c.Model.Hyperparameters, inexactHyperparameter)
	}
	props := slices.Concat(componentProperties(c, w.about, n).list, exactProperties(c, native), w.odd[c.Ref])
	sortPairs(props)
	return props
}

func inexactLink(l bom.Link) bool {
	_, exact := linkType(l.Type)
	return !exact || l.URL == "" || l.URL != jsonText(l.URL) || l.Comment != jsonText(l.Comment)
}

func inexactHyperparameter(p bom.Property) bool {
	return p.Name == "" || strings.HasPrefix(p.Name, prefix) || p.Name != jsonText(p.Name) || p.Value != jsonText(p.Value)
}
