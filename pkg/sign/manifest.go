package sign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Names of in-toto and OMS.
const (
	statementType = "https://in-toto.io/Statement/v1"      // in-toto Attestation Framework v1, statement
	omsPredicate  = "https://model_signing/signature/v1.0" // OMS v1.0, 5.1
	methodFiles   = "files"                                // OMS v1.0, 6.3.1
	methodShards  = "shards"                               // OMS v1.0, 6.3.2
)

// A Manifest is what an OMS bundle signs: every file of a repository with its
// digest.
type Manifest struct {
	// Name is the model's; it is informative only.
	Name      string
	Resources []Resource
	// Ignored are the paths that were left out; the defaults are among them or
	// not, they count anyway.
	Ignored []string
	// Links says that symbolic links were followed.
	Links bool
	// Hash is "sha256", "blake3" or one that cannot be computed here.
	Hash string
	// ShardSize is the length of shards in bytes, 0 where files are whole.
	ShardSize int64
	// Root is the digest that stands for the whole manifest.
	Root string
}

// A Resource is one file, or one shard of it.
type Resource struct {
	Path       string
	Start, End int64 // End is negative for a whole file
	Digest     string
}

// Options are how a tree is read. The zero value ignores the defaults only.
type Options struct {
	// Ignored are further paths to leave out, see CleanIgnored.
	Ignored []string
	// Links allows files that symbolic links lead to.
	Links bool
	// Unsigned lets files be that nobody signed (OMS v1.0, 8.5); for checks.
	Unsigned bool
	// Progress is called with bytes, concurrently. It may be nil.
	Progress func(read, total int64)
}

// NewManifest reads a whole tree. It refuses one of which it cannot read every
// file: a signature over the rest would pass for one over all.
func NewManifest(ctx context.Context, t *Tree, o Options) (*Manifest, error) {
	ignored, err := CleanIgnored(append(DefaultIgnored(), o.Ignored...))
	if err != nil {
		return nil, err
	}
	pieces, err := t.toSign(newIgnoreSet(ignored), o.Links)
	if err != nil {
		return nil, err
	}
	if err := t.digests(ctx, pieces, "sha256", o.Progress); err != nil {
		return nil, err
	}
	m := &Manifest{Name: t.Name, Ignored: ignored, Links: o.Links, Hash: "sha256"}
	for _, p := range pieces {
		if p.err != nil {
			return nil, p.err
		}
		name := p.path
		if t.Single {
			// OMS v1.0 (5.2.1) wants the file's name here; model-signing, up
			// to 1.1.1 at least, writes and accepts nothing but this.
			name = "."
		}
		m.Resources = append(m.Resources, Resource{Path: name, End: -1, Digest: p.got})
	}
	slices.SortFunc(m.Resources, func(a, b Resource) int { return strings.Compare(a.Path, b.Path) })
	m.Root = root(m.Resources)
	return m, nil
}

// toSign are the files that a signature covers. The error is about the first
// that stands in the way and says how many there are.
func (t *Tree) toSign(ignored ignoreSet, links bool) ([]*piece, error) {
	var pieces []*piece
	var first error
	others := -1
	for _, f := range t.Files {
		if ignored.has(f.Path) {
			continue
		}
		var err error
		switch {
		case f.Problem != "":
			err = fmt.Errorf("%q cannot be read: %s", f.Path, f.Problem)
		case f.Link && !links:
			err = fmt.Errorf("%q is a %w", f.Path, ErrLinks)
		case !utf8.ValidString(f.Path):
			err = fmt.Errorf("the name %q is not UTF-8 and cannot be signed", f.Path)
		case strings.ContainsRune(f.Path, '\\'):
			// model-signing on Windows would read it as a folder.
			err = fmt.Errorf("the name %q holds a backslash and cannot be signed", f.Path)
		default:
			pieces = append(pieces, &piece{path: f.Path, end: -1})
			continue
		}
		if others++; first == nil {
			first = err
		}
	}
	switch {
	case others > 0:
		return nil, fmt.Errorf("%w; and %d more files", first, others)
	case first != nil:
		return nil, first
	case len(pieces) == 0:
		return nil, errors.New("there is no file to sign")
	case len(pieces) > MaxResources:
		return nil, fmt.Errorf("repository: %w: more than %d files", ErrTooLarge, MaxResources)
	}
	return pieces, nil
}

// root is the digest over all digests in the order of the list (OMS v1.0, 6.5.1).
func root(list []Resource) string {
	h := sha256.New()
	for _, r := range list {
		raw, _ := hex.DecodeString(r.Digest) // checked, or made here
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// roots are the digests that stand for the files of a list: in OMS's order, that
// of the names' bytes, and in model-signing's, that of their path elements. They
// differ where a folder and a file begin alike, "a/b" and "a.txt".
func roots(list []Resource) []string {
	a, b := slices.Clone(list), slices.Clone(list)
	slices.SortFunc(a, func(x, y Resource) int { return strings.Compare(x.Path, y.Path) })
	slices.SortFunc(b, func(x, y Resource) int {
		return slices.Compare(strings.Split(x.Path, "/"), strings.Split(y.Path, "/"))
	})
	return []string{root(a), root(b)}
}

type subject struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

type writtenStatement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     any       `json:"predicate"`
}

type writtenResource struct {
	Name      string `json:"name"`
	Digest    string `json:"digest"`
	Algorithm string `json:"algorithm"`
}

type writtenSerialization struct {
	Method string   `json:"method"`
	Hash   string   `json:"hash_type"`
	Links  bool     `json:"allow_symlinks"`
	Ignore []string `json:"ignore_paths,omitempty"`
}

// statement is the payload. Manifests are written with whole files and SHA-256,
// the form that every verifier must know (OMS v1.0, 10).
func (m *Manifest) statement() ([]byte, error) {
	if m.ShardSize != 0 || m.Hash != "sha256" {
		return nil, errors.New("only whole files with SHA-256 are signed")
	}
	var list []writtenResource
	for _, r := range m.Resources {
		list = append(list, writtenResource{r.Path, r.Digest, m.Hash})
	}
	return encode(writtenStatement{statementType, []subject{{Name: m.Name, Digest: map[string]string{"sha256": m.Root}}}, omsPredicate,
		struct {
			Serialization writtenSerialization `json:"serialization"`
			Resources     []writtenResource    `json:"resources"`
		}{writtenSerialization{methodFiles, m.Hash, m.Links, m.Ignored}, list}})
}

// encode is JSON in which text and raw values stay as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// A statement is a payload that was read.
type statement struct {
	Type          string          `json:"_type"`
	Subject       json.RawMessage `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

func readStatement(payload []byte) (*statement, []subject, error) {
	var s statement
	if err := json.Unmarshal(payload, &s); err != nil {
		return nil, nil, fmt.Errorf("broken statement: %w", jsonError(err))
	}
	if s.Type != statementType {
		return nil, nil, fmt.Errorf("broken statement: unknown type %q", cut(s.Type))
	}
	subjects, err := elements[subject](s.Subject, MaxResources)
	if err != nil {
		return nil, nil, fmt.Errorf("broken statement: subjects: %w", err)
	}
	return &s, subjects, nil
}

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
