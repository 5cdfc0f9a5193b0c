package source

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const (
	// maxHops is how many links are followed from one to the next, as many as
	// Linux does (path_resolution(7)).
	maxHops = 40
	// maxLinkParts bounds the path elements that a link passes through, so
	// that a few links cannot keep the listing busy.
	maxLinkParts = 256
)

// resolve follows the link called name in the folder dir of root and returns
// the path inside root that it leads to, free of links. Package os would follow
// it too, but not say where to, and where to decides whether it may be followed.
//
// Along with an error of the system the path is what the link asks for.
func resolve(root *os.Root, dir, name string, l *limits) (string, fs.FileInfo, error) {
	c := &chase{root: root, at: dir, rest: []string{name}}
	for len(c.rest) > 0 {
		l.steps += depth(c.at)
		if err := c.step(); err != nil {
			return c.wanted, nil, err
		}
	}
	info, err := root.Lstat(c.at)
	return c.at, info, err
}

// A chase is a link being followed.
type chase struct {
	root   *os.Root
	at     string   // where it has come to, free of links
	rest   []string // elements still to go from there
	wanted string   // where it wanted to go when it failed, if that is known
	hops   int
	parts  int
}

// step goes one path element further.
func (c *chase) step() error {
	part := c.rest[0]
	c.rest = c.rest[1:]
	if c.parts++; c.parts > maxLinkParts {
		return linkTooLong
	}
	switch {
	case part == "" || part == ".":
		return nil
	case part == ".." && c.at == ".":
		return leadsOut
	case part == "..":
		c.at = path.Dir(c.at)
		return nil
	}
	next := join(c.at, part)
	info, err := c.root.Lstat(next)
	switch {
	case err != nil:
		c.wanted = path.Join(next, path.Join(c.rest...))
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return c.hop(next)
	case !info.IsDir() && len(c.rest) > 0:
		return linkDangling
	}
	c.at = next
	return nil
}

// hop puts the target of a link before what is still to go.
func (c *chase) hop(link string) error {
	if c.hops++; c.hops > maxHops {
		return linkCycle
	}
	target, err := readLink(c.root, link)
	c.rest = append(target, c.rest...)
	return err
}

// readLink returns the elements of a link's target. An absolute target leads
// out even where it happens to come back: it names a place of the host.
func readLink(root *os.Root, p string) ([]string, error) {
	target, err := root.Readlink(p)
	if err != nil {
		return nil, err
	}
	if filepath.IsAbs(target) || filepath.VolumeName(target) != "" {
		return nil, leadsOut
	}
	target = filepath.ToSlash(target)
	if strings.HasPrefix(target, "/") {
		return nil, leadsOut
	}
	return strings.Split(target, "/"), nil
}
