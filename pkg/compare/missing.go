package compare

import "strings"

// noteMissing names the layers of A without any counterpart, and those none of
// whose matrices is related, where others are; it returns their numbers. What
// roles show is then a matter of the other layers.
func (c *comparison) noteMissing(add func(string, ...any)) map[int]bool {
	const spare, unrelated, other = 1, 2, 3
	state := make([]int, c.a.layers)
	related := false
	for _, u := range c.a.units {
		l := u.slot.layer
		if l < 0 {
			continue
		}
		kind := unrelated
		switch {
		case c.isRelated(u):
			kind, related = other, true
		case c.isBlind(u):
			kind = other
		case c.spare[u]:
			kind = spare
		}
		state[l] = max(state[l], kind)
	}
	missing := map[int]bool{}
	if !related {
		return missing
	}
	for l, kind := range state {
		if kind == spare || kind == unrelated {
			missing[l] = true
		}
	}
	note := func(kind int, format string) {
		var runs []string
		for l := 0; l < len(state); l++ {
			first := l
			for l < len(state) && state[l] == kind {
				l++
			}
			if l > first {
				runs = append(runs, span(first, l-1))
			}
		}
		if len(runs) > 0 {
			add(format, strings.Join(runs[:min(len(runs), maxRuns)], ", "))
		}
	}
	note(spare, "layers %s have no counterpart in the reference")
	note(unrelated, "no relation is seen in layers %s")
	return missing
}
