package sign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Predicate types of bills of materials, as in-toto's list of vetted predicates
// has them (in-toto/attestation, spec/predicates/cyclonedx.md, spdx2.md, spdx3.md).
const (
	predicateCycloneDX = "https://cyclonedx.org/bom"
	predicateSPDX      = "https://spdx.dev/Document"
	predicateSPDX23    = "https://spdx.dev/Document/v2.3"
	predicateSPDX3     = "https://spdx.dev/Document/v3"
)

// Annotations of subjects (in-toto Attestation Framework v1, resource
// descriptor). They tell our subjects apart; verifiers that do not know them
// see digests of things that the statement is about.
const (
	annotationSubject = "modelbom:subject"
	annotationIgnored = "modelbom:ignore-paths"
	subjectDocument   = "document"
	subjectModel      = "model"
	subjectWeights    = "weights"
)

// An Attestation is a statement about a bill of materials: its bytes, the model
// that it describes, and its content.
type Attestation struct {
	// Name is the document's file name; it is informative only.
	Name string
	// Digest is the SHA-256 of the document's bytes; empty in statements of
	// other tools, which hold the content only.
	Digest string
	// PredicateType tells the format of the Predicate, which is the document.
	PredicateType string
	Predicate     json.RawMessage
	// Weights are SHA-256 digests by path in the repository. In statements of
	// other tools these are all subjects, whatever their names mean.
	Weights map[string]string
	// Model and Root are the name and the root digest of the repository, see
	// Manifest.Root; empty when it was not read. Ignored are the paths that
	// the digest leaves out.
	Model, Root string
	Ignored     []string
}

// NewAttestation makes a statement about a document in CycloneDX or SPDX JSON.
// Predicates are JSON, so that other encodings must be converted first.
func NewAttestation(name string, document []byte) (*Attestation, error) {
	kind, err := predicateOf(document)
	if err != nil {
		return nil, err
	}
	return &Attestation{Name: name, Digest: hexSHA256(document), PredicateType: kind, Predicate: document, Weights: map[string]string{}}, nil
}

// ErrNotJSON: a document in an encoding that a statement cannot hold.
var ErrNotJSON = errors.New("only CycloneDX and SPDX documents in JSON can be signed")

func predicateOf(document []byte) (string, error) {
	var top struct {
		BOMFormat   string          `json:"bomFormat"`
		SPDXVersion string          `json:"spdxVersion"`
		Context     json.RawMessage `json:"@context"`
	}
	if json.Unmarshal(document, &top) != nil {
		return "", ErrNotJSON
	}
	switch {
	case top.BOMFormat == "CycloneDX":
		return predicateCycloneDX, nil
	case top.SPDXVersion == "SPDX-2.3":
		return predicateSPDX23, nil
	case strings.HasPrefix(top.SPDXVersion, "SPDX-2."):
		return predicateSPDX, nil
	case bytes.Contains(top.Context, []byte("spdx.org/rdf/3.")):
		return predicateSPDX3, nil
	}
	return "", ErrNotJSON
}

// Sign returns the signature file: a DSSE envelope.
func (a *Attestation) Sign(key *PrivateKey) ([]byte, error) {
	if int64(len(a.Predicate)) > MaxSignature/4*3 {
		return nil, fmt.Errorf("document: %w: a signature holds it and may have %d bytes", ErrTooLarge, MaxSignature)
	}
	list := []subject{{a.Name, map[string]string{"sha256": a.Digest}, map[string]any{annotationSubject: subjectDocument}}}
	if a.Root != "" {
		list = append(list, subject{a.Model, map[string]string{"sha256": a.Root},
			map[string]any{annotationSubject: subjectModel, annotationIgnored: a.Ignored}})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Weights)) {
		list = append(list, subject{name, map[string]string{"sha256": a.Weights[name]}, map[string]any{annotationSubject: subjectWeights}})
	}
	payload, err := encode(writtenStatement{statementType, list, a.PredicateType, a.Predicate})
	if err != nil {
		return nil, err
	}
	e, err := newEnvelope(payload, key, key.public.Fingerprint())
	if err != nil {
		return nil, err
	}
	return written(e)
}

// ReadAttestation reads the payload that Signature.Verify gave. ErrPredicate
// says that it is not about a document.
func ReadAttestation(payload []byte) (*Attestation, error) {
	s, subjects, err := readStatement(payload)
	if err != nil {
		return nil, err
	}
	if s.PredicateType == omsPredicate {
		return nil, fmt.Errorf("%w: the files of a repository, not a document", ErrPredicate)
	}
	if !isDocument(s.PredicateType) {
		return nil, fmt.Errorf("%w: its predicate is %q, neither CycloneDX nor SPDX", ErrPredicate, cut(s.PredicateType))
	}
	if len(s.Predicate) == 0 || s.Predicate[0] != '{' {
		return nil, errors.New("broken statement: it holds no document")
	}
	a := &Attestation{PredicateType: s.PredicateType, Predicate: s.Predicate, Weights: map[string]string{}}
	for _, x := range subjects {
		if err := a.take(x); err != nil {
			return nil, fmt.Errorf("broken statement: %w", err)
		}
	}
	return a, nil
}

func isDocument(predicateType string) bool {
	return predicateType == predicateCycloneDX || strings.HasPrefix(predicateType, predicateCycloneDX+"/v") ||
		predicateType == predicateSPDX || strings.HasPrefix(predicateType, predicateSPDX+"/v")
}

func (a *Attestation) take(x subject) error {
	sum := x.Digest["sha256"]
	role, _ := x.Annotations[annotationSubject].(string)
	if !isHex(sum, 64) && (role != "" || sum != "") {
		return fmt.Errorf("the digest of %q is none", cut(x.Name))
	}
	switch role {
	case subjectDocument:
		if a.Digest != "" {
			return errors.New("it is about several documents")
		}
		a.Name, a.Digest = x.Name, sum
	case subjectModel:
		if a.Root != "" {
			return errors.New("it is about several models")
		}
		a.Model, a.Root = x.Name, sum
		list, _ := x.Annotations[annotationIgnored].([]any)
		for _, v := range list {
			p, _ := v.(string)
			a.Ignored = append(a.Ignored, p)
		}
		var err error
		a.Ignored, err = CleanIgnored(a.Ignored)
		return err
	default:
		switch {
		case sum == "":
			return nil // of another tool, by another digest
		case !local(x.Name):
			return fmt.Errorf("%q is no path in a repository", cut(x.Name))
		case a.Weights[x.Name] != "":
			return fmt.Errorf("%q is listed twice", cut(x.Name))
		}
		a.Weights[x.Name] = sum
	}
	return nil
}

// maxComparable is the largest document whose content is compared with another
// one's as values. Values take ten times the bytes.
const maxComparable = 32 << 20

// CheckDocument compares a document with the signed one. The second result says
// more when they differ.
func (a *Attestation) CheckDocument(document []byte) (same bool, detail string) {
	got := hexSHA256(document)
	switch {
	case a.Digest == "":
		if !sameJSON(document, a.Predicate) {
			return false, "its content is not what was signed"
		}
		return true, ""
	case got == a.Digest && !sameJSON(document, a.Predicate):
		return false, "the signature holds another document than the one whose digest it states"
	case got == a.Digest:
		return true, ""
	}
	detail = fmt.Sprintf("sha256 is %s, signed is %s", got, a.Digest)
	if sameJSON(document, a.Predicate) {
		detail += "; only its layout was changed, not its content"
	}
	return false, detail
}

func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		return false
	}
	if bytes.Equal(x.Bytes(), y.Bytes()) {
		return true
	}
	if x.Len() > maxComparable || y.Len() > maxComparable {
		return false
	}
	var v, w any
	return decodeNumbers(x.Bytes(), &v) == nil && decodeNumbers(y.Bytes(), &w) == nil && reflect.DeepEqual(v, w)
}

func decodeNumbers(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// CheckTree compares a repository with the signed statement: the weights, the
// files that the signed document lists (SHA-256 by path) and, where it was
// signed, the root digest. A file that the document does not list is Added,
// unless it lists none.
func (a *Attestation) CheckTree(ctx context.Context, t *Tree, files map[string]string, o Options) (*Check, error) {
	ignored, err := CleanIgnored(slices.Concat(DefaultIgnored(), a.Ignored, o.Ignored))
	if err != nil {
		return nil, err
	}
	o.Unsigned = o.Unsigned || len(files) == 0
	o.Links = true // a document lists what links lead to, as files
	c := &comparison{tree: t, hash: "sha256", ignored: newIgnoreSet(ignored), o: o, want: map[string][]*piece{}, whole: a.Root != ""}
	for _, list := range []map[string]string{files, a.Weights} {
		for name, sum := range list {
			if len(c.want[name]) == 0 || c.want[name][0].want != sum {
				c.want[name] = append(c.want[name], &piece{path: name, end: -1, want: sum})
			}
		}
	}
	check, err := c.run(ctx)
	if err != nil || a.Root == "" || o.Unsigned && len(files) > 0 || len(check.Differences) > 0 {
		return check, err
	}
	if got := c.roots(); !slices.Contains(got, a.Root) {
		check.Differences = append(check.Differences, Difference{Kind: Differs,
			Detail: fmt.Sprintf("the root digest of all files is %s, signed is %s", got[0], a.Root)})
	}
	return check, nil
}

// Describe sets the root of a manifest, after comparing its files with those
// that the document lists. The differences say why the document is not of that
// model; then nothing is set.
func (a *Attestation) Describe(m *Manifest, files map[string]string) ([]Difference, error) {
	if m.Hash != "sha256" || m.ShardSize != 0 {
		return nil, errors.New("the model was signed with other digests than SHA-256 of whole files, which a document does not have")
	}
	want := maps.Clone(files)
	if want == nil {
		want = map[string]string{}
	}
	maps.Copy(want, a.Weights)
	var out []Difference
	left := newIgnoreSet(m.Ignored)
	for _, r := range m.Resources {
		name := r.Path
		if name == "." && len(want) == 1 {
			for only := range want {
				name = only
			}
		}
		switch sum, listed := want[name]; {
		case !listed && len(files) > 0:
			out = append(out, Difference{Kind: Added, Path: name})
		case listed && sum != r.Digest:
			out = append(out, Difference{Kind: Differs, Path: name, Detail: fmt.Sprintf("sha256 is %s, the document says %s", r.Digest, sum)})
		}
		delete(want, name)
	}
	for name := range want {
		if !left.has(name) {
			out = append(out, Difference{Kind: Missing, Path: name})
		}
	}
	sortDifferences(out)
	if len(out) == 0 {
		a.Model, a.Root, a.Ignored = m.Name, m.Root, m.Ignored
	}
	return out, nil
}
