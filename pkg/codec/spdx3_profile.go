package codec

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	spdx "github.com/spdx/tools-golang/spdx/v3/v3_0"

	"github.com/modelbom/modelbom/pkg/bom"
)

// claimProfiles lists the profiles that the document keeps to. Neither the JSON
// schema nor SHACL looks at the fields that the AI and Dataset profiles make
// mandatory (SPDX 3.0.1, "AI" and "Dataset", external properties restrictions),
// so that they are counted here; the two licence relationships are always
// there. The comment says which fields are missing for a profile that would
// have had elements: inventing a release date is no way to get it.
func claimProfiles(d *bom.Document) (profiles []spdx.ProfileIdentifierType, comment string) {
	profiles = []spdx.ProfileIdentifierType{spdx.ProfileIdentifierType_Core, spdx.ProfileIdentifierType_Software, spdx.ProfileIdentifierType_SimpleLicensing}
	var comments []string
	for _, p := range []struct {
		name, class string
		value       spdx.ProfileIdentifierType
		missing     func(*bom.Component) []string
	}{
		{"ai", "ai_AIPackage", spdx.ProfileIdentifierType_Ai, missingForAI},
		{"dataset", "dataset_DatasetPackage", spdx.ProfileIdentifierType_Dataset, missingForDataset},
	} {
		elements, missing := 0, map[string]int{}
		for i := range d.Components {
			if c := &d.Components[i]; spdx3Class(c) == p.class {
				elements++
				for _, field := range p.missing(c) {
					missing[field]++
				}
			}
		}
		switch {
		case elements > 0 && len(missing) == 0:
			profiles = append(profiles, p.value)
		case elements > 0:
			comments = append(comments, profileComment(p.name, elements, missing))
		}
	}
	return profiles, strings.Join(comments, "\n")
}

func profileComment(profile string, elements int, missing map[string]int) string {
	var fields []string
	for _, name := range sortedKeys(missing) {
		fields = append(fields, fmt.Sprintf("%s (%d of %d elements)", name, missing[name], elements))
	}
	return fmt.Sprintf("The %s profile is not claimed: %s would have to be supplied by a person.", profile, strings.Join(fields, ", "))
}

func missingForAI(c *bom.Component) []string {
	var m []string
	need := func(field string, there bool) {
		if !there {
			m = append(m, field)
		}
	}
	need("suppliedBy", c.Supplier != nil)
	need("releaseTime", isTime(findProperty(c.Properties, propReleaseTime)))
	need("software_downloadLocation", downloadLink(c.Links) != "")
	need("software_packageVersion", c.Version != "")
	return m // software_primaryPurpose is always written
}

func missingForDataset(c *bom.Component) []string {
	var m []string
	need := func(field string, there bool) {
		if !there {
			m = append(m, field)
		}
	}
	need("originatedBy", findProperty(c.Properties, propOriginator) != "")
	need("builtTime", isTime(findProperty(c.Properties, propBuiltTime)))
	need("releaseTime", isTime(findProperty(c.Properties, propReleaseTime)))
	need("software_downloadLocation", downloadLink(c.Links) != "")
	return m // dataset_datasetType and software_primaryPurpose are always written
}

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, cmp.Or(s, "-"))
	return err == nil
}
