package security

import "github.com/modelbom/modelbom/pkg/bom"

// references judges what makes a loader import Python code: one finding for
// each place that is named, with how many keys name it.
func (c *collector) references(s *Subject) {
	type target struct{ path, repository, file string }
	keys := map[target][]string{}
	for i := range s.References {
		r := &s.References[i]
		keys[target{r.Path, r.Repository, r.File}] = append(keys[target{r.Path, r.Repository, r.File}], r.Key)
	}
	done := map[target]bool{}
	for i := range s.References {
		r := &s.References[i]
		t := target{r.Path, r.Repository, r.File}
		if done[t] {
			continue
		}
		done[t] = true
		c.reference(s, r, keys[t])
	}
}

func (c *collector) reference(s *Subject, r *Reference, keys []string) {
	named := short(listed(keys, 3), 150)
	add := func(severity bom.Severity, message string, args ...any) {
		c.add(RuleRemoteCode, severity, r.Ref, r.Path, r.Key, message, args...)
	}
	switch {
	case r.File == "":
		add(bom.SeverityLow, "%s names code in a form that cannot be resolved: %q", named, short(r.Value, maxQuoted))
	case r.Repository != "" && r.Repository != s.HubID && r.Found == "":
		add(bom.SeverityLow, "%s makes a loader that trusts the repository run %s of another repository, %s, unpinned: whatever is there on the day of loading runs, and no digest can be stated", named, r.File, r.Repository)
	case r.Found == "":
		add(bom.SeverityMedium, "%s makes a loader that trusts the repository run %s, which is not in the repository; what would run was not seen", named, r.File)
	case r.SHA256 == "":
		add(bom.SeverityLow, "%s makes a loader that trusts the repository run %s, whose digest was not computed", named, r.Found)
	default:
		add(bom.SeverityLow, "%s makes a loader that trusts the repository run %s, SHA-256 %s; a review has to name this digest", named, r.Found, r.SHA256)
	}
}
