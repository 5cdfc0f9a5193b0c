package diff

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// unseenWeights reports parts whose weights could be read in one round only. A
// shard that is missing takes all parts with it that lie in it: that is one
// cause, told by the gap.
func (d *differ) unseenWeights() {
	d.pairs(func(old, new *node) {
		a, b := old.digest(), new.digest()
		if (a == "") == (b == "") || d.about[new] != nil {
			return
		}
		if d.oneSided(a, b, "weights digest") {
			return
		}
		k, seen, side := WeightsUnseen, old, d.new
		if a == "" {
			k, seen, side = WeightsSeen, new, d.old
		}
		x := d.change(k, old, new)
		d.about[old], d.about[new] = x, x
		x.claimFiles(old, new)
		reason, path := side.why(seen.pair)
		x.key = string(k) + "\x00" + path + "\x00" + reason
		x.claim(path)
		x.gapPath, x.gapWhole = path, path == ""
		if reason == "" {
			reason = "the document does not say why"
		}
		if k == WeightsUnseen {
			x.Before, x.After = "read", "not read: "+reason
			x.Text = sentence("the weights of " + the(new) + " were not all read in the new round: " + reason)
		} else {
			x.Before, x.After = "not read: "+reason, "read"
			x.Text = sentence("the weights of " + the(new) + " were all read in the new round; in the old one not: " + reason)
		}
		x.rank = weightOrder(new)
		if k == WeightsSeen {
			x.rank = Medium
		}
		x.shapeDetails(old, new)
	})
}

// why is the gap that explains why a part's weights were not read.
func (s *doc) why(n *node) (reason, path string) {
	look := func(n *node) bool {
		g := s.unread[n.path]
		if g == nil {
			g = s.unread["\x00"+string(n.Ref)]
		}
		if g == nil {
			return false
		}
		reason, path = show(g.Reason), g.Path
		if path != "" {
			reason = show(path) + ": " + reason
		}
		return true
	}
	for _, n := range []*node{n, n.pair} {
		if n == nil {
			continue
		}
		for _, f := range append([]*node{n}, n.files...) {
			if look(f) {
				return reason, path
			}
		}
	}
	if s.uncomputed == "" && s.firstUnread != nil {
		// A shard that is missing can hold more of any part.
		g := s.firstUnread
		if g.Path == "" {
			return show(g.Reason), ""
		}
		return show(g.Path) + ": " + show(g.Reason), g.Path
	}
	return s.uncomputed, ""
}

// unreadGaps indexes the gaps that explain missing digests, by path and by
// component.
func (s *doc) unreadGaps() {
	s.unread, s.gapAt = map[string]*bom.Gap{}, map[string]bool{}
	for i := range s.Gaps {
		g := &s.Gaps[i]
		if g.Kind != bom.GapLoss {
			s.gapAt[g.Path], s.gapAt["\x00"+string(g.Ref)] = true, true
		}
		switch {
		case g.Kind.Weights():
			if s.firstUnread == nil || g.Path < s.firstUnread.Path {
				s.firstUnread = g
			}
			if g.Path != "" && s.unread[g.Path] == nil {
				s.unread[g.Path] = g
			}
			if k := "\x00" + string(g.Ref); g.Ref != "" && s.unread[k] == nil {
				s.unread[k] = g
			}
		case g.Kind == bom.GapNotComputed && (g.Ref == "" || g.Ref == s.Subject) && strings.Contains(g.Reason, "digest"):
			s.uncomputed = show(g.Reason)
		}
	}
	delete(s.gapAt, "")
	delete(s.gapAt, "\x00")
}
