package diff

import (
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// sameBytes reports that a file and its counterpart hold the same, as far as
// their digests and sizes tell.
func (n *node) sameBytes() bool {
	if n.pair == nil {
		return false
	}
	a, b := sharedHash(n.pair, n)
	if a != b {
		return false
	}
	if a == "" && n.File != nil && n.pair.File != nil && n.File.Size != n.pair.File.Size {
		return false
	}
	return n.File == nil || n.pair.File == nil || n.File.Absent == n.pair.File.Absent
}

// sharedHash are the digests of the strongest algorithm that two components
// both have.
func sharedHash(old, new *node) (a, b string) {
	if len(old.Hashes) == 0 || len(new.Hashes) == 0 {
		return "", ""
	}
	for _, alg := range hashAlgorithms() {
		a, b = digestOf(old, alg), digestOf(new, alg)
		if a != "" && b != "" {
			return string(alg) + ":" + a, string(alg) + ":" + b
		}
	}
	return "", ""
}

func sameHashAlgorithm(old, new *node) bool {
	a, _ := sharedHash(old, new)
	return a != ""
}

func hashAlgorithms() []bom.HashAlgorithm {
	return []bom.HashAlgorithm{bom.SHA256, bom.SHA512, bom.BLAKE3, bom.SHA1, "SHA-384", "SHA3-256", "SHA3-512", "BLAKE2b-256", "MD5"}
}

// digestOf is a digest by one algorithm, a computed one before an asserted one.
func digestOf(n *node, a bom.HashAlgorithm) string {
	asserted := ""
	for _, h := range n.Hashes {
		if h.Algorithm != a || h.Value == "" {
			continue
		}
		if !h.Asserted {
			return strings.ToLower(h.Value)
		}
		asserted = strings.ToLower(h.Value)
	}
	return asserted
}

// state is a file in a few words.
func (n *node) state() string {
	text := shortDigest(n.hash())
	if n.hash() == "" {
		text = "digest not known"
	}
	if n.File != nil {
		text += ", " + sizeWords(n.File.Size)
		if n.File.Absent {
			text += ", only a pointer"
		}
	}
	return text
}

// files reports files that belong to no other change; those that do become its
// details.
func (d *differ) files() {
	x := explainer{paths: map[string]*draft{}, roles: map[string]*draft{}}
	for _, c := range d.ordered() {
		x.add(c)
	}
	for _, n := range d.old.nodes {
		if n.class == classFile && n.pair == nil && !d.onlyIn(false, "file") {
			d.file(&x, FileRemoved, n, nil)
		}
	}
	for _, n := range d.new.nodes {
		if n.class != classFile {
			continue
		}
		switch {
		case n.pair == nil:
			if !d.onlyIn(true, "file") {
				d.file(&x, FileAdded, nil, n)
			}
		case n.path != n.pair.path && n.sameBytes():
			d.file(&x, FilesMoved, n.pair, n)
		case !n.sameBytes():
			d.file(&x, FileChanged, n.pair, n)
		default:
			d.fileFacts(&x, n.pair, n)
		}
	}
}

// An explainer finds the change that a file belongs to.
type explainer struct {
	paths, roles map[string]*draft
}

func (x *explainer) add(c *draft) {
	for p := range c.paths {
		if x.paths[p] == nil {
			x.paths[p] = c
		}
	}
	for _, r := range c.roles {
		if x.roles[r] == nil {
			x.roles[r] = c
		}
	}
}

func (x *explainer) of(nodes ...*node) *draft {
	for _, n := range nodes {
		if n == nil {
			continue
		}
		if c := x.paths[n.path]; c != nil {
			return c
		}
	}
	for _, n := range nodes {
		if n != nil && n.File != nil {
			if c := x.roles[n.File.Role]; c != nil {
				return c
			}
		}
	}
	return nil
}

// file reports one file, or makes it a detail.
func (d *differ) file(x *explainer, k Kind, old, new *node) {
	line := fileLine(k, old, new)
	if d.about[old] != nil && old != nil || d.about[new] != nil && new != nil {
		return // code, or weights that moved
	}
	if c := x.of(new, old); c != nil {
		c.detail(line)
		return
	}
	c := d.change(k, old, new)
	n := c.node()
	switch k {
	case FilesMoved:
		c.movedWords()
		c.key = string(k) + "\x00" + path.Dir(old.path) + "\x00" + path.Dir(new.path)
		if path.Dir(old.path) == path.Dir(new.path) {
			c.key = ""
		}
	case FileAdded:
		c.After = n.state()
		c.Text = sentence("the file " + n.label + " is new (" + c.After + ")")
	case FileRemoved:
		c.Before = n.state()
		c.Text = sentence("the file " + n.label + " is gone (" + c.Before + ")")
	default:
		c.Before, c.After = old.state(), new.state()
		c.Text = sentence("the file " + n.label + " changed (" + turn(c.Before, c.After) + ")")
	}
	if n.File != nil {
		switch n.File.Role {
		case "license", "weights", "training-state":
			c.rank = Medium
		}
		if n.File.Role != "" {
			c.detail("its job: " + show(n.File.Role))
		}
	}
	if k == FileChanged && len(n.users) > 0 {
		c.rank = Medium
		for _, u := range n.users {
			c.detail("holds " + u.label)
		}
	}
}

func fileLine(k Kind, old, new *node) string {
	switch k {
	case FileAdded:
		return "file " + new.label + " new, " + new.state()
	case FileRemoved:
		return "file " + old.label + " gone, " + old.state()
	case FilesMoved:
		return "file " + old.label + " -> " + new.label + ", the same bytes"
	}
	return "file " + new.label + " changed, " + turn(old.state(), new.state())
}

func (x *draft) movedWords() {
	x.Before, x.After = x.old.label, x.new.label
	x.Text = sentence("the bytes of " + x.old.label + " are now in " + x.new.label)
	x.detail(x.old.label + " -> " + x.new.label)
}

// fileFacts reports what is said of the same bytes otherwise.
func (d *differ) fileFacts(x *explainer, old, new *node) {
	var lines []string
	if a, b := old.File, new.File; a != nil && b != nil {
		if unequal(a.Role, b.Role) {
			lines = append(lines, "job "+turn(a.Role, b.Role))
		}
		if unequal(a.Format, b.Format) {
			lines = append(lines, "format "+turn(a.Format, b.Format))
		}
		if a.Size != b.Size && old.hash() == "" {
			lines = append(lines, "size "+turn(sizeWords(a.Size), sizeWords(b.Size)))
		}
	}
	var facts []fact
	d.named(&facts, old.Properties, new.Properties, "property", d.plain)
	for _, f := range facts {
		lines = append(lines, f.line())
	}
	if len(lines) == 0 {
		return
	}
	if c := x.of(new, old); c != nil {
		for _, l := range lines {
			c.detail(new.label + ": " + l)
		}
		return
	}
	c := d.change(PropertyChanged, old, new)
	c.Text = sentence("the same bytes of " + new.label + " are described otherwise: " + list(lines))
	for _, l := range lines {
		c.detail(l)
	}
}
