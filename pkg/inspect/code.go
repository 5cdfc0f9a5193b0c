package inspect

import (
	"fmt"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inventory"
)

// propCode holds one thing that loading a file would import, call or run.
const propCode = "modelbom:code"

// maxCode is how many such things of one file stand in a document; what is
// beyond is counted in a gap.
const maxCode = 200

// code writes down what loading a weight file would import, call or run, as
// its reader saw it. It observes and does not judge.
func (a *assembler) code(c *bom.Component, f *inventory.File) {
	if f.Header == nil {
		return
	}
	for i, x := range f.Header.Code {
		if i == maxCode {
			a.doc.Gaps = append(a.doc.Gaps, bom.Gap{Kind: bom.GapLimit, Ref: c.Ref, Path: c.Name,
				Reason: fmt.Sprintf("%d more things that loading the file would import, call or run are not listed", len(f.Header.Code)-maxCode)})
			return
		}
		text := fmt.Sprintf("%s %s at byte %d", x.Kind, x.Name, x.Offset)
		if x.Detail != "" {
			text += ": " + x.Detail
		}
		addProperty(c, propCode, text)
	}
}
