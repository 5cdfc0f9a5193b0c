package policy

import (
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// ofAll asks for a value in every component that is no file.
func ofAll(f func(*elementView, *bom.Component) seen) func(*elementView) seen {
	return func(v *elementView) seen {
		return every(v.components, "component", "components", func(c *bom.Component) seen { return f(v, c) })
	}
}

func plain(f func(*bom.Component) seen) func(*elementView) seen {
	return ofAll(func(_ *elementView, c *bom.Component) seen { return f(c) })
}

const (
	placeNames       = "--name GROUP/NAME; the other names are derived"
	placeIdentifiers = "bytes that can be read, for a digest; modelbom.yaml release.purl, upstreams.NAME.purl, datasets.NAME.identifier; an entry of the hub's cache as REPO, for the package URL"
)

// ntiaElements are the seven data fields of NTIA, 2021.
func ntiaElements() []element {
	const component, document = "Component", "Document"
	return []element{
		{component, "supplier name", plain(supplierOf), ElementPerson, placeSuppliers},
		{component, "component name", ofAll((*elementView).nameOf), ElementDerivable, placeNames},
		{component, "version", plain(versionOf), ElementPerson, placeVersions},
		{component, "other unique identifiers", ofAll((*elementView).identifierOf), ElementDerivable, placeIdentifiers},
		{component, "dependency relationship", lookRelations, ElementDerivable, placeTool},
		{document, "author", lookAuthor, ElementPerson, placeAuthor},
		{document, "timestamp", lookTime, ElementDerivable, placeTime},
	}
}

// cisaElements are those of CISA, which take the place of NTIA's.
func cisaElements() []element {
	const component, document = "Component", "Document"
	return []element{
		{document, "author", lookAuthor, ElementPerson, placeAuthor},
		{document, "author signature", func(v *elementView) seen { return v.linked("signature of the document", "electronic-signature") }, ElementPerson,
			"a signature with the author's key, beside the document: " + reference("electronic-signature", "signature of the document")},
		{document, "format name", lookFormat, ElementDerivable, placeFormat},
		{document, "format version", lookFormatVersion, ElementDerivable, placeFormat},
		{document, "generation context", lookPhase, ElementDerivable, placeTool},
		{document, "timestamp", lookTime, ElementDerivable, placeTime},
		{document, "tool name", lookTool, ElementDerivable, placeTool},
		{document, "tool version", lookToolVersion, ElementDerivable, placeTool},
		{document, "version", lookSerial, ElementDerivable, placeFormat},
		{document, "dependency relationship", lookRelations, ElementDerivable, placeTool},
		{component, "producer", plain(supplierOf), ElementPerson, placeSuppliers},
		{component, "hash value", ofHashes(func(v *elementView, c *bom.Component) seen { return v.hashOf(c) }), ElementDerivable, "files that can be read, all of them"},
		{component, "hash algorithm", ofHashes(func(v *elementView, c *bom.Component) seen {
			return yes(v.hashOf(c).ok, "as the digests say")
		}), ElementDerivable, "files that can be read, all of them"},
		{component, "identifiers", ofAll((*elementView).identifierOf), ElementDerivable, placeIdentifiers},
		{component, "licence", plain(func(c *bom.Component) seen { return licenceOf(c, bom.Concluded, bom.Declared) }), ElementDerivable, placeLicences + ", datasets.NAME.licence"},
		{component, "name", ofAll((*elementView).nameOf), ElementDerivable, placeNames},
		{component, "version", plain(versionOf), ElementPerson, placeVersions},
	}
}

// ofHashes asks for a digest of what the document is about: the parts that hold
// weights, and all files. What the model comes from has its bytes elsewhere.
func ofHashes(f func(*elementView, *bom.Component) seen) func(*elementView) seen {
	return func(v *elementView) seen {
		list := append(v.weights[min(1, len(v.weights)-1):len(v.weights):len(v.weights)], v.files...)
		return every(list, "part or file", "parts and files", func(c *bom.Component) seen { return f(v, c) })
	}
}

// bsiElements are the required and additional fields of BSI TR-03183-2 2.1.0; its
// optional ones are not asked for.
func bsiElements() []element {
	const document, component, additional = "Document", "Component", "Component, additional"
	inside := func(f func(*bom.Component) seen) func(*elementView) seen {
		return func(v *elementView) seen { return every(v.weights, "model and part", "models and parts", f) }
	}
	file := func(suffix string) func(*elementView) seen {
		return func(v *elementView) seen {
			return every(v.files, "file", "files", func(c *bom.Component) seen { return suffixed(c, "bsi:component:"+suffix) })
		}
	}
	const properties = "modelbom.yaml files.%[1]s, or parts.FILE.%[1]s for one"
	return []element{
		{document, "format", lookBSIFormat, ElementDerivable, "-o cyclonedx-json@1.6 or later, or -o spdx-json@3.0.1"},
		{document, "creator", func(v *elementView) seen {
			for i := range v.d.Authors {
				if s := reachable(&v.d.Authors[i]); s.ok {
					return s
				}
			}
			return seen{}
		}, ElementPerson, placeAuthor + ", with author.email or author.url"},
		{document, "timestamp", lookTime, ElementDerivable, placeTime},
		{document, "SBOM-URI", lookSerial, ElementDerivable, placeFormat},
		{component, "creator", plain(func(c *bom.Component) seen { return reachable(c.Supplier) }), ElementPerson, "modelbom.yaml producer.url or producer.contact, parts.PART.supplier.url, upstreams.NAME.supplier.url, datasets.NAME.supplier.url; release.with-parts for parts"},
		{component, "name", ofAll((*elementView).nameOf), ElementDerivable, placeNames},
		{component, "version", plain(versionOf), ElementPerson, placeVersions},
		{component, "filename", func(v *elementView) seen {
			return every(v.files, "file", "files", func(c *bom.Component) seen { return or(suffixed(c, "bsi:component:filename"), text(c.Name)) })
		}, ElementDerivable, placeTool},
		{component, "dependencies", lookRelations, ElementDerivable, placeTool},
		{component, "completeness of dependencies", func(v *elementView) seen {
			a := v.d.Completeness.Assembly
			return yes(a == bom.AggregateComplete || a == bom.AggregateIncomplete, string(a))
		}, ElementDerivable, placeTool},
		{component, "distribution licences", inside(func(c *bom.Component) seen { return licenceOf(c, bom.Concluded) }), ElementDerivable, placeLicence},
		{component, "hash of the deployable form", func(v *elementView) seen {
			return every(v.files, "file", "files", func(c *bom.Component) seen {
				for _, h := range c.Hashes {
					if h.Algorithm == bom.SHA512 && !h.Asserted {
						return seen{value: h.Value, ok: true}
					}
				}
				return seen{}
			})
		}, ElementDerivable, "--digest sha512"},
		{component, "executable property", file("executable"), ElementPerson, fmt.Sprintf(properties, "executable")},
		{component, "archive property", file("archive"), ElementPerson, fmt.Sprintf(properties, "archive")},
		{component, "structured property", file("structured"), ElementPerson, fmt.Sprintf(properties, "structured")},
		{additional, "source code URI", func(v *elementView) seen { return linkOf(v.subject, "vcs", "source-distribution") }, ElementPerson, "modelbom.yaml model.references, of the type vcs or source-distribution"},
		{additional, "URI of the deployable form", inside(func(c *bom.Component) seen { return linkOf(c, "distribution", "distribution-intake") }), ElementPerson, "modelbom.yaml release.download, with release.with-parts for parts"},
		{additional, "other unique identifiers", func(v *elementView) seen { return text(v.subject.PURL) }, ElementDerivable, "modelbom.yaml release.purl; or an entry of the hub's cache as REPO"},
		{additional, "original licences", inside(func(c *bom.Component) seen { return licenceOf(c, bom.Declared) }), ElementDerivable, placeLicence},
	}
}

// lookBSIFormat: CycloneDX 1.6 or later, SPDX 3.0.1 or later.
func lookBSIFormat(v *elementView) seen {
	name, version, _ := strings.Cut(v.d.Format, "@")
	var least []int
	switch {
	case strings.HasPrefix(name, "cyclonedx"):
		least = []int{1, 6, 0}
	case strings.HasPrefix(name, "spdx"):
		least = []int{3, 0, 1}
	default:
		return seen{}
	}
	var have [3]int
	if n, _ := fmt.Sscanf(version, "%d.%d.%d", &have[0], &have[1], &have[2]); n < 1 {
		return seen{value: v.d.Format, ok: false}
	}
	for i := range have {
		if have[i] != least[i] {
			return seen{value: v.d.Format, ok: have[i] > least[i]}
		}
	}
	return seen{value: v.d.Format, ok: true}
}

// spdxElements are the mandatory properties of the AI and Dataset profiles of
// SPDX 3.0.1, for everything that becomes an AI or a Dataset package.
func spdxElements() []element {
	const ai, dataset = "AI package", "Dataset package"
	model := func(f func(*bom.Component) seen) func(*elementView) seen {
		return func(v *elementView) seen { return every(v.models, "model", "models", f) }
	}
	data := func(f func(*bom.Component) seen) func(*elementView) seen {
		return func(v *elementView) seen {
			if len(v.datasets) == 0 {
				return seen{none: true}
			}
			return every(v.datasets, "data set", "data sets", f)
		}
	}
	purpose := func(c *bom.Component) seen { return text(string(c.Kind)) }
	download := func(c *bom.Component) seen { return linkOf(c, "distribution") }
	released := func(c *bom.Component) seen { return timeOf(c, propReleaseTime) }
	declared := func(c *bom.Component) seen { return licenceOf(c, bom.Declared) }
	concluded := func(c *bom.Component) seen { return licenceOf(c, bom.Concluded) }
	const places = "modelbom.yaml release.%s with release.with-parts, parts.PART.%[2]s, upstreams.NAME.%[2]s"
	return []element{
		{ai, "suppliedBy", model(supplierOf), ElementPerson, placeSuppliers},
		{ai, "releaseTime", model(released), ElementPerson, fmt.Sprintf(places, "time", "release-time")},
		{ai, "software_downloadLocation", model(download), ElementPerson, fmt.Sprintf(places, "download", "download")},
		{ai, "software_packageVersion", model(versionOf), ElementPerson, placeVersions},
		{ai, "software_primaryPurpose", model(purpose), ElementDerivable, placeTool},
		{ai, "hasDeclaredLicense", model(declared), ElementDerivable, placeLicences},
		{ai, "hasConcludedLicense", model(concluded), ElementDerivable, "README.md license, or a LICENSE file; modelbom.yaml upstreams.NAME.concluded-licence"},
		{dataset, "originatedBy", data(func(c *bom.Component) seen { return text(property(c.Properties, propOriginator)) }), ElementPerson, ofDatasets("originator")},
		{dataset, "builtTime", data(func(c *bom.Component) seen { return timeOf(c, propBuiltTime) }), ElementPerson, ofDatasets("built-time")},
		{dataset, "releaseTime", data(released), ElementPerson, ofDatasets("release-time")},
		{dataset, "software_downloadLocation", data(download), ElementPerson, ofDatasets("download")},
		{dataset, "software_primaryPurpose", data(purpose), ElementDerivable, placeTool},
		{dataset, "dataset_datasetType", data(typesOf), ElementPerson, ofDatasets("types")},
		{dataset, "hasDeclaredLicense", data(declared), ElementPerson, ofDatasets("licence")},
		{dataset, "hasConcludedLicense", data(concluded), ElementPerson, ofDatasets("concluded-licence")},
	}
}
