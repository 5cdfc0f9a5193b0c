package codec

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"

	"github.com/modelbom/modelbom/pkg/bom"
)

// spdx2IDs gives every component an identifier of SPDX 2, which may hold
// letters, digits, "." and "-" only. It is the Ref where that fits; otherwise
// the other characters become "-" and the first digits of the Ref's SHA-256
// keep it unique and the same in every document.
func spdx2IDs(d *bom.Document) map[bom.Ref]common.ElementID {
	ids := make(map[bom.Ref]common.ElementID, len(d.Components))
	used := map[common.ElementID]bool{"DOCUMENT": true} // the document's own
	for i := range d.Components {
		ref := d.Components[i].Ref
		id := spdx2ID(ref, 0)
		if string(id) != string(ref) || used[id] {
			id = spdx2ID(ref, 8)
		}
		for digits := 16; used[id] && digits <= 2*sha256.Size; digits += 8 {
			id = spdx2ID(ref, digits)
		}
		ids[ref], used[id] = id, true
	}
	return ids
}

func spdx2ID(ref bom.Ref, digits int) common.ElementID {
	id := strings.Map(func(r rune) rune {
		if notIDChar(r) {
			return '-'
		}
		return r
	}, string(ref))
	if digits > 0 {
		sum := sha256.Sum256([]byte(ref))
		id += "-" + hex.EncodeToString(sum[:])[:digits]
	}
	return common.ElementID(id)
}

// uriName makes a name fit for the path of a namespace.
func uriName(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if notIDChar(r) && r != '_' {
			return '-'
		}
		return r
	}, name), "-")
	if name == "" {
		return "model"
	}
	return name
}
