package diff

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/diff"
)

// TestTwins: one scan, written in every format and read back, in any order, at
// another time, by another version of the tool, is one model. What a format
// cannot say is a note.
func TestTwins(t *testing.T) {
	for _, f := range fixtures.All() {
		if f.Large || f.Name == "hubcache" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			d, _ := original(t, f.Name)
			twins := map[string]*bom.Document{"itself": d, "shuffled": shuffled(t, d), "later": later(t, d)}
			for _, x := range codec.All() {
				for _, v := range x.Versions() {
					twins[x.Name()+"@"+v] = encoded(t, d, x.Name(), v)
				}
			}
			if len(twins) < 10 {
				t.Fatalf("%d twins", len(twins))
			}
			for a, old := range twins {
				for b, new := range twins {
					if c := diff.Documents(old, new, diff.Options{}); !c.Empty() || c.Summary != "Nothing changed." || c.Different {
						t.Errorf("%s against %s: %s", a, b, printed(c))
					} else if a == "itself" && b == "itself" && len(c.Notes) > 0 {
						t.Errorf("notes about one document: %v", c.Notes)
					} else if a == "itself" && b == "later" && len(c.Notes) < 3 {
						t.Errorf("time, tool and serial number are not noted: %v", c.Notes)
					}
				}
			}
		})
	}
}

// shuffled is the same document in another order, with duplicates.
func shuffled(t *testing.T, d *bom.Document) *bom.Document {
	c := clone(t, d)
	r := rand.New(rand.NewPCG(1, 2))
	swap := func(n int, f func(i, j int)) { r.Shuffle(n, f) }
	swap(len(c.Components), func(i, j int) { c.Components[i], c.Components[j] = c.Components[j], c.Components[i] })
	swap(len(c.Relationships), func(i, j int) { c.Relationships[i], c.Relationships[j] = c.Relationships[j], c.Relationships[i] })
	swap(len(c.Gaps), func(i, j int) { c.Gaps[i], c.Gaps[j] = c.Gaps[j], c.Gaps[i] })
	for i := range c.Components {
		x := &c.Components[i]
		swap(len(x.Properties), func(i, j int) { x.Properties[i], x.Properties[j] = x.Properties[j], x.Properties[i] })
		swap(len(x.Licenses), func(i, j int) { x.Licenses[i], x.Licenses[j] = x.Licenses[j], x.Licenses[i] })
		swap(len(x.Evidence), func(i, j int) { x.Evidence[i], x.Evidence[j] = x.Evidence[j], x.Evidence[i] })
		if x.Model != nil {
			h := x.Model.Hyperparameters
			swap(len(h), func(i, j int) { h[i], h[j] = h[j], h[i] })
			slices.Reverse(x.Model.DTypes)
			slices.Reverse(x.Model.Metrics)
		}
	}
	c.Relationships = append(c.Relationships, c.Relationships...)
	return c
}

// later is the same scan on another day by another version.
func later(t *testing.T, d *bom.Document) *bom.Document {
	c := clone(t, d)
	c.Created = time.Date(2027, 3, 4, 5, 6, 7, 0, time.UTC)
	c.Tools[0].Version = "2.0.0"
	c.Serial, c.Format = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "cyclonedx-json@1.7"
	return c
}
