package facts

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// hints give an explanation, or none where it was given before.
type hints func(string) string

func (t *template) upstreams() {
	t.outside("upstreams", t.upstream(), func(c *bom.Component, why hints) {
		t.supplier(c, "who publishes it", why)
		if c.Version == "" {
			t.ask(2, "version", `"1.0"`, "")
		}
		if c.PURL == "" {
			t.ask(2, "purl", "pkg:huggingface/vendor/model@1.0", why("its package URL"))
		}
		t.ask(2, "release-time", `"2025-06-01"`, "")
		t.ask(2, "download", "https://vendor.example/model", "")
		t.licences(c, why)
	})
}

func (t *template) datasets() {
	t.outside("datasets", isDataset, func(c *bom.Component, why hints) {
		t.ask(2, "description", `"Photographs with captions."`, "")
		t.ask(2, "types", "[image, text]", why("the types of data of SPDX 3: "+strings.Join(DatasetTypes(), ", ")))
		t.ask(2, "identifier", `"doi:10.1234/example"`, why("a package URL, a DOI, an address"))
		t.ask(2, "digest", "", why("the SHA-256 of the data set as it is published: sha256:..."))
		t.ask(2, "statistics", `"12,000 photographs, 60,000 captions"`, "")
		t.ask(2, "sensitivity", `"No personal data."`, why("which personal or confidential data it holds"))
		t.ask(2, "originator", `"Example Institute"`, why("who made it"))
		t.supplier(c, "who publishes it", why)
		if c.Version == "" {
			t.ask(2, "version", `"1.0"`, "")
		}
		t.ask(2, "built-time", `"2025-03-01"`, "")
		t.ask(2, "release-time", `"2025-04-01"`, "")
		t.ask(2, "download", "https://data.example/set", "")
		t.licences(c, why)
	})
}

// supplier asks for what the document does not know of a supplier.
func (t *template) supplier(c *bom.Component, who string, why hints) {
	name, country := `"Example Vendor"`, `"DE"`
	if c.Supplier != nil && fits(c.Supplier.Name, maxName) {
		if c.Supplier.Country != "" && c.Supplier.URL != "" {
			return
		}
		name, who = quoted(c.Supplier.Name), ""
		if isCountry(c.Supplier.Country) {
			country = quoted(c.Supplier.Country)
		}
	}
	t.ask(2, "supplier", "", why(who))
	t.ask(3, "name", name, "")
	t.ask(3, "url", "https://vendor.example", "")
	t.ask(3, "country", country, why("where it is established"))
}

// outside lists components that are not in the model. Only of the first one is told
// what the keys mean: a model can name a hundred data sets.
func (t *template) outside(heading string, is func(*bom.Component) bool, ask func(*bom.Component, hints)) {
	listed := 0
	for i := range t.doc.Components {
		c := &t.doc.Components[i]
		if !is(c) || !fits(string(c.Ref), maxKey) {
			continue
		}
		if listed == maxListed {
			t.say(1, "There are more; each can be named by its reference.")
			break
		}
		if listed == 0 {
			t.key(0, heading, "")
		}
		listed++
		why := func(s string) string { return map[bool]string{true: s}[listed == 1] }
		for _, line := range t.about(c) {
			t.say(1, "%s", line)
		}
		t.key(1, quoted(string(c.Ref)), "")
		ask(c, why)
	}
	if listed > 0 {
		t.blank()
	}
}

// licences asks for what the document does not know of the licence of something
// outside of the repository.
func (t *template) licences(c *bom.Component, why hints) {
	if licencesBy(c, bom.Declared) == "" {
		t.ask(2, "licence", "Apache-2.0", why("that its publisher declares, an SPDX licence expression"))
	}
	if licencesBy(c, bom.Concluded) == "" {
		t.ask(2, "concluded-licence", "Apache-2.0", why("that you conclude"))
	}
}
