package facts_test

import (
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/facts"
)

// A statement about bytes names their digest. Here it is that of other bytes.
func Example() {
	f, err := facts.Read(strings.NewReader(`
version: 1
producer: {name: Acme Research, country: KR}
parts:
  projector:
    own:
      statement: Initialised at random and trained by us
      digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	d := &bom.Document{Subject: "model", Components: []bom.Component{
		{Ref: "model", Kind: bom.KindModel, Name: "acme-vlm"},
		{Ref: "part:projector", Kind: bom.KindModel, Role: bom.RoleProjector, Model: &bom.Model{WeightsDigest: "sha256:12"}},
	}, Relationships: []bom.Relationship{{From: "model", Type: bom.Contains, To: "part:projector"}}}
	for _, p := range facts.Apply(d, f, bom.Input{Name: "modelbom.yaml"}) {
		fmt.Println(p.Line, p.Rule)
	}
	fmt.Println(d.Component("model").Supplier.Country)
	fmt.Println(d.Component("part:projector").Properties[0].Value)
	// Output:
	// 7 review-of-other-bytes
	// KR
	// Initialised at random and trained by us | sha256:0000000000000000000000000000000000000000000000000000000000000000 | other-bytes
}

// What is wrong with a file is told with its lines.
func ExampleRead() {
	_, err := facts.Read(strings.NewReader("version: 1\nprodcer: {name: Acme}\nrelease: {time: soon}\n"))
	fmt.Println(err)
	// Output:
	// line 2: "prodcer" is no key of the file; did you mean "producer"?
	// line 3: time "soon" is no time; write YYYY-MM-DD or RFC 3339, such as 2026-01-31T12:00:00Z
}
