package policy

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// g7Elements are the 50 elements of the G7's list, in seven clusters.
func g7Elements() []element {
	const (
		metadata, system, models, datasets    = "Metadata", "System level", "Models", "Datasets"
		infrastructure, security, performance = "Infrastructure", "Security", "Key performance indicators"
		derive, person                        = ElementDerivable, ElementPerson
	)
	dataset := func(f func(*bom.Component) seen) func(*elementView) seen {
		return func(v *elementView) seen { return every(v.datasets, "data set", "data sets", f) }
	}
	return []element{
		{metadata, "author", lookAuthor, person, placeAuthor},
		{metadata, "version", lookSerial, derive, placeFormat},
		{metadata, "format name", lookFormat, derive, placeFormat},
		{metadata, "format version", lookFormatVersion, derive, placeFormat},
		{metadata, "author signature", func(v *elementView) seen { return v.linked("signature of the document", "electronic-signature") }, person,
			"a signature with the author's key, beside the document: " + reference("electronic-signature", "signature of the document")},
		{metadata, "tool name", lookTool, derive, placeTool},
		{metadata, "tool version", lookToolVersion, derive, placeTool},
		{metadata, "generation context", lookPhase, derive, placeTool},
		{metadata, "timestamp", lookTime, derive, placeTime},
		{metadata, "dependency relationship", lookRelations, derive, placeTool},

		{system, "name", func(v *elementView) seen { return v.nameOf(v.subject) }, derive, placeName},
		{system, "components", func(v *elementView) seen {
			n := 0
			for _, c := range v.components {
				if c != v.subject {
					n++
				}
			}
			return yes(n > 0, wording.Count(n, "component", "components"))
		}, derive, placeTool},
		{system, "producer", func(v *elementView) seen { return supplierOf(v.subject) }, person, placeProducer},
		{system, "version", func(v *elementView) seen { return versionOf(v.subject) }, person, "modelbom.yaml release.version, or --version"},
		{system, "timestamp", func(v *elementView) seen {
			return or(timeOf(v.subject, propReleaseTime), timeOf(v.subject, propBuiltTime))
		}, person, "modelbom.yaml release.time"},
		{system, "data flow", func(v *elementView) seen { return v.linked("data flow", "threat-model") }, person, reference("threat-model", "data flow")},
		{system, "data usage", func(v *elementView) seen { return v.linked("data usage") }, person, reference("", "data usage")},
		{system, "input and output properties", inputOutput, derive, "README.md pipeline_tag, config.json"},
		{system, "intended application area", func(v *elementView) seen { return stated(v.subject, propIntendedUse) }, person, "modelbom.yaml model.intended-use"},

		{models, "name", func(v *elementView) seen { return every(v.models, "model", "models", v.nameOf) }, derive, placeName},
		{models, "identifier", func(v *elementView) seen { return every(v.models, "model", "models", v.identifierOf) }, derive, placeIdentifiers},
		{models, "version", func(v *elementView) seen { return every(v.models, "model", "models", versionOf) }, person, placeVersions},
		{models, "timestamp", func(v *elementView) seen {
			return every(v.models, "model", "models", func(c *bom.Component) seen { return or(timeOf(c, propReleaseTime), timeOf(c, propBuiltTime)) })
		}, person, "modelbom.yaml release.time, parts.PART.release-time, upstreams.NAME.release-time"},
		{models, "producer", func(v *elementView) seen { return every(v.models, "model", "models", supplierOf) }, person, placeSuppliers},
		{models, "description", description, person, "modelbom.yaml model.description"},
		{models, "hash value", func(v *elementView) seen {
			return every(v.weights[min(1, len(v.weights)-1):], "part", "parts", v.hashOf)
		}, derive, "weights that can be read, without --no-tensor-digests"},
		{models, "hash algorithm", func(v *elementView) seen {
			s := every(v.weights[min(1, len(v.weights)-1):], "part", "parts", v.hashOf)
			return yes(s.ok, "as the digests say")
		}, derive, "weights that can be read, without --no-tensor-digests"},
		{models, "properties", func(v *elementView) seen { return every(v.weights, "model and part", "models and parts", architecture) }, derive, "weights and a config.json that can be read"},
		{models, "input and output", inputOutput, derive, "README.md pipeline_tag, config.json"},
		{models, "training properties", func(v *elementView) seen {
			return or(stated(v.subject, propTrainingData), stated(v.subject, propCompute))
		}, person, "modelbom.yaml model.training-data, model.compute"},
		{models, "licence", func(v *elementView) seen {
			return every(v.models, "model", "models", func(c *bom.Component) seen { return licenceOf(c, bom.Concluded, bom.Declared) })
		}, derive, placeLicences},
		{models, "external references", func(v *elementView) seen {
			return yes(len(v.subject.Links) > 0, wording.Count(len(v.subject.Links), "reference", "references"))
		}, person, "modelbom.yaml release.download, model.references"},

		{datasets, "name", dataset(func(c *bom.Component) seen { return text(c.Name) }), person, "README.md datasets"},
		{datasets, "description", dataset(func(c *bom.Component) seen { return text(c.Description) }), person, ofDatasets("description")},
		{datasets, "content", dataset(func(c *bom.Component) seen {
			return or(typesOf(c), suffixed(c, ":dataset:content"), linkOf(c, "documentation"))
		}), person, ofDatasets("types")},
		{datasets, "identifier", dataset(func(c *bom.Component) seen { return or(text(c.PURL), suffixed(c, ":dataset:identifier")) }), person, ofDatasets("identifier")},
		{datasets, "hash", dataset(func(c *bom.Component) seen {
			for _, h := range c.Hashes {
				if h.Value != "" {
					return seen{value: string(h.Algorithm), ok: true}
				}
			}
			return seen{}
		}), person, ofDatasets("digest")},
		{datasets, "provenance", dataset(func(c *bom.Component) seen { return or(text(property(c.Properties, propOriginator)), supplierOf(c)) }), person, ofDatasets("originator")},
		{datasets, "statistics", dataset(func(c *bom.Component) seen { return suffixed(c, "dataset_datasetSize", ":dataset:statistics") }), person, ofDatasets("statistics")},
		{datasets, "sensitivity", dataset(func(c *bom.Component) seen {
			return suffixed(c, "dataset_hasSensitivePersonalInformation", "dataset_confidentialityLevel", ":dataset:sensitivity")
		}), person, ofDatasets("sensitivity")},
		{datasets, "dependency relationship", func(v *elementView) seen {
			used := map[bom.Ref]bool{}
			for _, r := range v.d.Relationships {
				if r.Type == bom.TrainedOn || r.Type == bom.TestedOn || r.Type == bom.DependsOn {
					used[r.To] = true
				}
			}
			return every(v.datasets, "data set", "data sets", func(c *bom.Component) seen { return yes(used[c.Ref], "trained on or tested on") })
		}, derive, "README.md datasets"},
		{datasets, "licence", dataset(func(c *bom.Component) seen { return licenceOf(c, bom.Concluded, bom.Declared) }), person, ofDatasets("licence")},

		{infrastructure, "software", func(v *elementView) seen {
			for _, r := range v.d.Relationships {
				if c := v.by[r.To]; r.Type == bom.DependsOn && c != nil && (c.Kind == bom.KindLibrary || c.Kind == bom.KindFramework || c.Kind == bom.KindApplication) {
					return text(c.Name)
				}
			}
			return text(property(v.subject.Properties, "modelbom:library"))
		}, derive, "README.md library_name"},
		{infrastructure, "hardware", func(v *elementView) seen { return v.linked("hardware", "bom", "codified-infrastructure") }, person, reference("bom", "hardware")},

		{security, "controls", func(v *elementView) seen { return v.linked("security controls", "risk-assessment", "adversary-model") }, person, reference("risk-assessment", "security controls")},
		{security, "compliance", func(v *elementView) seen { return v.linked("compliance", "certification-report", "maturity-report") }, person, reference("certification-report", "compliance")},
		{security, "policy information", func(v *elementView) seen {
			return or(v.linked("security policy", "rfc-9116", "security-contact"), stated(v.subject, propContact))
		}, person, "modelbom.yaml producer.contact"},
		{security, "vulnerability referencing", func(v *elementView) seen {
			return v.linked("vulnerabilities", "advisories", "vulnerability-assertion", "exploitability-statement")
		}, person, reference("advisories", "vulnerabilities")},

		{performance, "security metrics", func(v *elementView) seen {
			return v.linked("security metrics", "pentest-report", "static-analysis-report", "dynamic-analysis-report")
		}, person, reference("pentest-report", "security metrics")},
		{performance, "operational performance", func(v *elementView) seen {
			return v.linked("operational performance", "quality-metrics", "runtime-analysis-report")
		}, person, reference("quality-metrics", "operational performance")},
	}
}

// inputOutput asks for what goes in and what comes out, of the model or of one of
// its parts; a task names both.
func inputOutput(v *elementView) seen {
	for _, c := range v.weights {
		if m := c.Model; m != nil {
			if len(m.Inputs) > 0 && len(m.Outputs) > 0 {
				return seen{value: strings.Join(m.Inputs, ", ") + " to " + strings.Join(m.Outputs, ", "), ok: true}
			}
			if s := text(m.Task); s.ok {
				return s
			}
		}
	}
	return seen{}
}

func description(v *elementView) seen { return text(v.subject.Description) }

// architecture asks for what the model is, or what the part's size is.
func architecture(c *bom.Component) seen {
	m := c.Model
	if m == nil || m.Parameters == 0 {
		return seen{}
	}
	return seen{value: wording.Count(m.Parameters, "parameter", "parameters"), ok: true}
}
