package inspect

import (
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
)

// propCode holds one thing that loading a file would import, call or run.
const propCode = "modelbom:code"

// maxCode is how many such things of one file stand in a document; what is
// beyond is counted in a gap.
const maxCode = 200

// code writes down what loading a weight file would import, call or run, as
// its reader saw it. It observes and does not judge. What PyTorch's weights-only
// loader refuses comes first, so that a flood of harmless names cannot push it
// out.
func (a *assembler) code(c *bom.Component, f *inventory.File) {
	listed := 0
	for _, allowed := range []bool{false, true} {
		for _, x := range f.Code {
			if strings.HasPrefix(x.Detail, format.WeightsOnly) != allowed {
				continue
			}
			if listed++; listed <= maxCode {
				addProperty(c, propCode, describe(x))
			}
		}
	}
	if listed > maxCode {
		a.doc.Gaps = append(a.doc.Gaps, bom.Gap{Kind: bom.GapLimit, Ref: c.Ref, Path: c.Name,
			Reason: fmt.Sprintf("%d more things that loading the file would import, call or run are not listed", listed-maxCode)})
	}
}

func describe(x format.Code) string {
	text := fmt.Sprintf("%s %s at byte %d", x.Kind, x.Name, x.Offset)
	if x.Detail != "" {
		text += ": " + x.Detail
	}
	return text
}
