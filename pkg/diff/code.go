package diff

import (
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// code compares what loading or using the model runs: source files, remote
// repositories, and what weight files call.
func (d *differ) code() {
	d.remoteCode()
	for _, n := range d.old.nodes {
		if n.class == classFile && n.pair == nil {
			d.loneCode(n, CodeRemoved)
		}
	}
	for _, n := range d.new.nodes {
		if n.class != classFile {
			continue
		}
		if n.pair == nil {
			d.loneCode(n, CodeAdded)
			continue
		}
		if n.Role == bom.RoleCode && !n.sameBytes() {
			x := d.change(CodeChanged, n.pair, n)
			d.about[n.pair], d.about[n] = x, x
			x.claim(n.path, n.pair.path)
			x.Before, x.After = n.pair.state(), n.state()
			x.Text = sentence("the code in " + n.label + " changed (" + turn(x.Before, x.After) + ")")
		}
		d.calls(n.pair, n)
	}
}

// loneCode reports a source file that came or went, and a file that would run
// something that PyTorch's restricted loader refuses.
func (d *differ) loneCode(n *node, k Kind) {
	_, refused := calls(n)
	if n.Role != bom.RoleCode && len(refused) == 0 || d.lenient {
		return
	}
	old, new, verb := n, (*node)(nil), " is gone"
	if k == CodeAdded {
		old, new, verb = nil, n, " is new"
	}
	x := d.change(k, old, new)
	x.claim(n.path)
	what := "the code in " + n.label
	if len(refused) > 0 {
		what = n.label + ", whose loading would run " + list(refused) + ","
	}
	x.Text = sentence(what + verb)
	d.about[n] = x
	if k == CodeAdded {
		x.After = n.state()
	} else {
		x.Before = n.state()
	}
	for _, c := range refused {
		x.detail(c)
	}
}

// calls compares what loading a file would import, call or run. Where in the
// file and how often says nothing.
func (d *differ) calls(old, new *node) {
	a, _ := calls(old)
	b, refused := calls(new)
	went, came := without(a, b), without(b, a)
	if len(went)+len(came) == 0 {
		return
	}
	x := d.change(CodeChanged, old, new)
	x.Before, x.After = list(went), list(came)
	switch {
	case len(came) == 0:
		x.Text = sentence("loading " + new.label + " would no longer run " + list(went))
		x.rank = Medium
	default:
		x.Text = sentence("loading " + new.label + " would now run " + list(came))
		if len(without(came, sorted(refused))) == len(came) {
			x.Text = sentence("loading " + new.label + " would now run " + list(came) + ", which PyTorch's restricted loader allows")
			x.rank = Medium
		}
	}
	x.claim(new.path, old.path)
	for _, c := range went {
		x.detail("no more: " + c)
	}
	for _, c := range came {
		x.detail("new: " + c)
	}
}

// calls are what loading a file would run, all and those that PyTorch's
// restricted loader refuses, without their places and arguments.
func calls(n *node) (all, refused []string) {
	for _, p := range n.Properties {
		if p.Name != "modelbom:code" {
			continue
		}
		what, rest, _ := strings.Cut(p.Value, " at byte ")
		what = show(what)
		all = append(all, what)
		_, detail, _ := strings.Cut(rest, ": ")
		if !strings.HasPrefix(detail, "weights-only") {
			refused = append(refused, what)
		}
	}
	slices.Sort(all)
	slices.Sort(refused)
	return slices.Compact(all), slices.Compact(refused)
}

// remoteCode compares the repositories that code is taken from.
func (d *differ) remoteCode() {
	before, after := d.needs(d.old, d.same), d.needs(d.new, d.here)
	var went, came []need
	for _, id := range sortedKeys(before) {
		if now, ok := after[id]; !ok {
			went = append(went, before[id])
		} else if now.how != before[id].how {
			d.remote(CodeChanged, before[id], now)
		}
	}
	for _, id := range sortedKeys(after) {
		if _, ok := before[id]; !ok {
			came = append(came, after[id])
		}
	}
	if d.lenient && (len(before) == 0 || len(after) == 0) {
		return // counted with the repositories themselves
	}
	if len(went) == 1 && len(came) == 1 {
		d.remote(CodeChanged, went[0], came[0])
		return
	}
	for _, n := range went {
		d.remote(CodeRemoved, n, need{})
	}
	for _, n := range came {
		d.remote(CodeAdded, need{}, n)
	}
}

// A need is a repository that code is taken from.
type need struct {
	up  *node
	how string
}

const remoteNote = "remote code"

func (d *differ) needs(s *doc, id func(bom.Ref) string) map[string]need {
	how := map[string]map[string]bool{}
	out := map[string]need{}
	for _, r := range s.Relationships {
		up := s.byRef[r.To]
		if r.Type != bom.DependsOn || up == nil || !strings.HasPrefix(r.Note, remoteNote) {
			continue
		}
		k := id(r.To)
		if how[k] == nil {
			how[k] = map[string]bool{}
		}
		how[k][strings.TrimSpace(strings.TrimPrefix(r.Note, remoteNote))] = true
		out[k] = need{up: up}
	}
	for k, n := range out {
		n.how = strings.Join(sortedKeys(how[k]), ", ")
		out[k] = n
	}
	return out
}

func (d *differ) remote(k Kind, before, after need) {
	x := d.change(k, before.up, after.up)
	for _, n := range []need{before, after} {
		if n.up != nil {
			d.about[n.up] = x
			x.claimEvidence(n.up.Evidence)
		}
	}
	switch k {
	case CodeAdded:
		x.After = after.words()
		x.Text = sentence("loading the model takes code from " + x.After + "; the old document does not name it")
	case CodeRemoved:
		x.Before = before.words()
		x.Text = sentence("loading the model no longer takes code from " + x.Before)
	default:
		x.Before, x.After = before.words(), after.words()
		x.Text = sentence("the repository that loading the model takes code from changed: " + turn(x.Before, x.After))
	}
	x.claimRoles("config")
}

func (n need) words() string {
	if n.how == "" {
		return n.up.label
	}
	return n.up.label + " (" + show(n.how) + ")"
}
