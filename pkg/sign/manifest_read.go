package sign

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
)

// ReadManifest reads the payload that Signature.Verify gave. ErrPredicate says
// that it is no manifest.
func ReadManifest(payload []byte) (*Manifest, error) {
	s, subjects, err := readStatement(payload)
	if err != nil {
		return nil, err
	}
	if s.PredicateType != omsPredicate {
		return nil, fmt.Errorf("%w: its predicate is %q, not the files of a model", ErrPredicate, cut(s.PredicateType))
	}
	m, err := readPredicate(s.Predicate)
	if err != nil {
		return nil, fmt.Errorf("broken statement: %w", err)
	}
	if len(subjects) != 1 {
		return nil, fmt.Errorf("broken statement: %d subjects, one model is wanted", len(subjects))
	}
	m.Name, m.Root = subjects[0].Name, subjects[0].Digest["sha256"]
	if got := root(m.Resources); got != m.Root {
		return nil, fmt.Errorf("broken statement: the files' digests add up to %s, not to the subject's %q", got, cut(m.Root))
	}
	return m, nil
}

func readPredicate(data json.RawMessage) (*Manifest, error) {
	var p struct {
		Resources     json.RawMessage `json:"resources"`
		Serialization *struct {
			Method string          `json:"method"`
			Hash   string          `json:"hash_type"`
			Links  bool            `json:"allow_symlinks"`
			Ignore json.RawMessage `json:"ignore_paths"`
			// Shard is 2.0 for 2 in bundles of model-signing.
			Shard *float64 `json:"shard_size"`
		} `json:"serialization"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, jsonError(err)
	}
	s := p.Serialization
	if s == nil {
		return nil, errors.New("it does not say how files were read (serialization)")
	}
	m := &Manifest{Hash: s.Hash, Links: s.Links}
	digits, known := map[string]int{"sha256": 64, "blake3": 64, "blake2b": 128}[s.Hash]
	switch {
	case !known:
		return nil, fmt.Errorf("unknown digest %q", cut(s.Hash))
	case s.Method == methodFiles && s.Shard != nil:
		return nil, errors.New("whole files with a shard size")
	case s.Method == methodShards && (s.Shard == nil || *s.Shard < 1 || *s.Shard > 1<<53 || *s.Shard != math.Trunc(*s.Shard)):
		return nil, errors.New("shards without a shard size")
	case s.Method == methodShards:
		m.ShardSize = int64(*s.Shard)
	case s.Method != methodFiles:
		return nil, fmt.Errorf("unknown way to read files %q", cut(s.Method))
	}
	ignored, err := elements[string](s.Ignore, MaxResources)
	if err == nil {
		m.Ignored, err = CleanIgnored(ignored)
	}
	if err != nil {
		return nil, fmt.Errorf("ignored paths: %w", err)
	}
	list, err := elements[writtenResource](p.Resources, MaxResources)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return m, m.take(list, digits)
}

// take checks the resources and keeps them. Their order is not asked for:
// model-signing's is not the one that OMS states.
func (m *Manifest) take(list []writtenResource, digits int) error {
	if len(list) == 0 {
		return errors.New("it lists no file")
	}
	seen := make(map[Resource]bool, len(list))
	for _, w := range list {
		r := Resource{Path: w.Name, End: -1, Digest: w.Digest}
		if m.ShardSize > 0 {
			var ok bool
			if r.Path, r.Start, r.End, ok = shard(w.Name); !ok || r.End-r.Start > m.ShardSize {
				return fmt.Errorf("%q is no shard of a file", cut(w.Name))
			}
		}
		at := Resource{Path: r.Path, Start: r.Start}
		switch {
		case !local(r.Path):
			return fmt.Errorf("%q is no path in a repository", cut(r.Path))
		case seen[at]:
			return fmt.Errorf("%q is listed twice", cut(w.Name))
		case !isHex(w.Digest, digits):
			return fmt.Errorf("the digest of %q is none", cut(w.Name))
		// model-signing calls the digests of shards "sha256-sharded-SIZE".
		case w.Algorithm != m.Hash && w.Algorithm != fmt.Sprintf("%s-sharded-%d", m.Hash, m.ShardSize):
			return fmt.Errorf("the digest of %q is %q, the others %s", cut(w.Name), cut(w.Algorithm), m.Hash)
		}
		seen[at] = true
		m.Resources = append(m.Resources, r)
	}
	return nil
}

// shard takes "path:start:end" apart from its end, since paths may hold colons.
func shard(name string) (p string, start, end int64, ok bool) {
	name, last, ok := cutLast(name)
	if !ok {
		return "", 0, 0, false
	}
	p, first, ok := cutLast(name)
	start, err1 := strconv.ParseInt(first, 10, 64)
	end, err2 := strconv.ParseInt(last, 10, 64)
	return p, start, end, ok && err1 == nil && err2 == nil && start >= 0 && end > start
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// local reports whether a name is a canonical path in a repository (OMS v1.0,
// 6.1.2), or the "." of a model that is one file.
func local(p string) bool {
	return p != "" && path.Clean(p) == p && !path.IsAbs(p) && p != ".." && !strings.HasPrefix(p, "../") && !strings.ContainsRune(p, 0)
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
