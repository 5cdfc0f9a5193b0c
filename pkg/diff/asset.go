package diff

import (
	"slices"
	"strings"
)

const templateDigest = "modelbom:chat-template:digest"

// template compares chat templates: by the digests of their texts, else by
// their files.
func (d *differ) template(old, new *node) {
	a, b := old.property(templateDigest), new.property(templateDigest)
	if a == b && (a != "" || !d.otherFiles(old, new)) || d.oneSided(a, b, "chat template digest") {
		return
	}
	x := d.change(TemplateChanged, old, new)
	d.about[old], d.about[new] = x, x
	x.key = string(TemplateChanged) + "\x00" + a + "\x00" + b
	if a == b {
		x.key += string(new.Ref)
	}
	x.rank = Medium
	x.claimFiles(old, new)
	x.Before, x.After = shortDigest(a), shortDigest(b)
	x.Text = sentence(thing(new) + " has another text (" + x.Before + " -> " + x.After + "): what the model is told around every message")
	x.detail("digest " + turn(a, b))
}

// sortedKeys are the keys of a set in order.
func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// joined is a sorted list as one value.
func joined(s []string) string { return strings.Join(sorted(slices.Clone(s)), ", ") }
