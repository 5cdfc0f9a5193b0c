package codec

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// applyProperties puts our properties back into the fields that they came
// from and keeps all others in c.Properties. A property that does not parse is
// kept as it is. Licences, links and evidence read from properties replace
// what was read from native places, which holds less.
func applyProperties(d *bom.Document, c *bom.Component, props []bom.Property) {
	var (
		licenses []bom.License
		links    []bom.Link
		evidence []bom.Evidence
		origins  originReader
	)
	for _, p := range props {
		ok := true
		switch name := p.Name; {
		case p.Value == "": // never written by us
			ok = false
		case name == bom.PropLicense:
			ok = readJSON(p.Value, &licenses, bom.LicenseRecord.License)
		case name == propLink:
			ok = readJSON(p.Value, &links, func(j bom.LinkRecord) bom.Link { return bom.Link(j) })
		case name == bom.PropEvidence:
			ok = readJSON(p.Value, &evidence, func(j bom.EvidenceRecord) bom.Evidence { return bom.Evidence(j) })
		case strings.HasPrefix(name, propOrigin):
			ok = origins.read(name[len(propOrigin):], p.Value)
		case name == propGap:
			f := bom.SplitFields(p.Value, 3)
			d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapKind(f[0]), Ref: unlessSubject(d, c), Path: f[1], Reason: f[2]})
		case name == propFinding:
			f := bom.SplitFields(p.Value, 5)
			d.Findings = append(d.Findings, bom.Finding{Rule: f[0], Severity: bom.Severity(f[1]), Ref: unlessSubject(d, c), Path: f[2], Key: f[3], Message: f[4]})
		case name == bom.PropRelationship:
			f := bom.SplitFields(p.Value, 3)
			d.Relationships = append(d.Relationships, bom.Relationship{From: c.Ref, Type: bom.Relation(f[0]), To: bom.Ref(f[1]), Note: f[2]})
		default:
			ok = applyComponent(c, p) || applyModel(c, p) || applyFile(c, p)
		}
		if !ok {
			c.Properties = append(c.Properties, p)
		}
	}
	if licenses != nil {
		c.Licenses = licenses
	}
	if links != nil {
		c.Links = links
	}
	if evidence != nil {
		c.Evidence = evidence
	}
	if o := origins.list(); o != nil {
		c.Origins = o
	}
}

func unlessSubject(d *bom.Document, c *bom.Component) bom.Ref {
	if c.Ref == d.Subject {
		return ""
	}
	return c.Ref
}

func readJSON[J, T any](value string, list *[]T, convert func(J) T) bool {
	var j J
	if json.Unmarshal([]byte(value), &j) != nil {
		return false
	}
	*list = append(*list, convert(j))
	return true
}

func applyComponent(c *bom.Component, p bom.Property) bool {
	switch p.Name {
	case propPart:
		c.Role = bom.Role(p.Value)
	case bom.PropKind:
		c.Kind = bom.Kind(p.Value)
	case bom.PropRef: // read by the decoders that need it
	case bom.PropGroup:
		c.Group = p.Value
	case bom.PropSupplier:
		var j bom.OrganizationRecord
		if json.Unmarshal([]byte(p.Value), &j) != nil {
			return false
		}
		o := bom.Organization(j)
		c.Supplier = &o
	case propHashAsserted:
		markAsserted(c.Hashes, p.Value)
	default:
		return false
	}
	return true
}

// maxHashes bounds the digests of one component that are looked at for each
// mark, so that a hostile document costs no quadratic time. There are a dozen
// algorithms.
const maxHashes = 100

// markAsserted undoes assertedHashes. Of equal digests the last is marked: that
// is where Normalize puts the asserted one.
func markAsserted(hashes []bom.Hash, name string) {
	algorithm, value, one := strings.Cut(name, ":")
	for i := min(len(hashes), maxHashes) - 1; i >= 0; i-- {
		h := &hashes[i]
		if string(h.Algorithm) != algorithm || one && h.Value != value {
			continue
		}
		h.Asserted = true
		if one {
			return
		}
	}
}

func applyModel(c *bom.Component, p bom.Property) bool {
	m := c.Model
	if m == nil {
		m = &bom.Model{}
	}
	ok := true
	switch p.Name {
	case bom.PropTask:
		m.Task = p.Value
	case bom.PropFamily:
		m.Family = p.Value
	case bom.PropArchitecture:
		m.Architecture = p.Value
	case propQuantization:
		m.Quantization = p.Value
	case propWeightsDigest:
		m.WeightsDigest = p.Value
	case bom.PropModelInput:
		m.Inputs = append(m.Inputs, p.Value)
	case bom.PropModelOutput:
		m.Outputs = append(m.Outputs, p.Value)
	case propParameters:
		ok = readInt(p.Value, &m.Parameters)
	case propBytes:
		ok = readInt(p.Value, &m.Bytes)
	case propTensors:
		ok = readInt(p.Value, &m.Tensors)
	case propLayers:
		ok = readInt(p.Value, &m.Layers)
	case propDTypes:
		ok = readDTypes(p.Value, m)
	case bom.PropMetric:
		f := bom.SplitFields(p.Value, 3)
		m.Metrics = append(m.Metrics, bom.Metric{Type: f[0], Value: f[1], Dataset: f[2]})
	default:
		name, found := strings.CutPrefix(p.Name, propHyper)
		if ok = found; ok {
			m.Hyperparameters = append(m.Hyperparameters, bom.Property{Name: name, Value: p.Value})
		}
	}
	if ok {
		c.Model = m
	}
	return ok
}

func applyFile(c *bom.Component, p bom.Property) bool {
	f := c.File
	if f == nil {
		f = &bom.File{}
	}
	ok := true
	switch p.Name {
	case propFileSize:
		ok = readInt(p.Value, &f.Size)
	case propFileFormat:
		f.Format = p.Value
	case propFileRole:
		f.Role = p.Value
	case propFileAbsent:
		f.Absent = p.Value == "true"
	default:
		ok = false
	}
	if ok {
		c.File = f
	}
	return ok
}

func readInt[T int | int64](s string, to *T) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		*to = T(n)
	}
	return err == nil
}

func readDTypes(s string, m *bom.Model) bool {
	var shares []bom.DTypeShare
	for field := range strings.FieldsSeq(s) {
		dtype, count, ok := strings.Cut(field, ":")
		n, err := strconv.ParseInt(count, 10, 64)
		if !ok || err != nil {
			return false
		}
		shares = append(shares, bom.DTypeShare{DType: dtype, Parameters: n})
	}
	m.DTypes = shares
	return true
}

// maxOrigins bounds the numbered origins and evidence that are read back, so
// that a hostile number cannot make a huge slice.
const maxOrigins = 10_000

// An originReader collects numbered origin properties in any order.
type originReader struct {
	origins  map[int]*bom.Origin
	evidence map[int]map[int]bom.Evidence
}

func (r *originReader) read(key, value string) bool {
	index := 1
	if number, rest, ok := strings.Cut(key, ":"); ok {
		if n, err := strconv.Atoi(number); err == nil {
			index, key = n, rest
		}
	}
	if index < 1 || index > maxOrigins {
		return false
	}
	if r.origins == nil {
		r.origins, r.evidence = map[int]*bom.Origin{}, map[int]map[int]bom.Evidence{}
	}
	o := r.origins[index]
	if o == nil {
		o = &bom.Origin{}
	}
	switch {
	case key == "reference":
		o.Reference = bom.Ref(value)
	case key == "verdict":
		o.Verdict = bom.Verdict(value)
	case key == "strength":
		o.Strength = bom.Strength(value)
	case key == "relation":
		o.Relation = value
	case key == "sentence":
		o.Sentence = value
	case key == "limits":
		o.Limits = value
	case key == "evidence" || strings.HasPrefix(key, "evidence:"):
		if !r.readEvidence(index, key, value) {
			return false
		}
	default:
		return false
	}
	r.origins[index] = o
	return true
}

func (r *originReader) readEvidence(index int, key, value string) bool {
	number := 1
	if _, n, ok := strings.Cut(key, ":"); ok {
		var err error
		if number, err = strconv.Atoi(n); err != nil || number < 1 || number > maxOrigins {
			return false
		}
	}
	var j bom.EvidenceRecord
	if json.Unmarshal([]byte(value), &j) != nil {
		return false
	}
	if r.evidence[index] == nil {
		r.evidence[index] = map[int]bom.Evidence{}
	}
	r.evidence[index][number] = bom.Evidence(j)
	return true
}

func (r *originReader) list() []bom.Origin {
	var out []bom.Origin
	for _, i := range sortedKeys(r.origins) {
		o := *r.origins[i]
		if o.Reference == "" && !o.Verdict.Open() {
			continue
		}
		for _, j := range sortedKeys(r.evidence[i]) {
			o.Evidence = append(o.Evidence, r.evidence[i][j])
		}
		out = append(out, o)
	}
	return out
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// applyDocument puts document properties back into the fields they came from.
func applyDocument(d *bom.Document, props []bom.Property) {
	for _, p := range props {
		ok := true
		switch name := p.Name; {
		case p.Value == "": // never written by us
			ok = false
		case name == bom.PropMadeWith:
			ok = readJSON(p.Value, &d.Inputs, func(j bom.InputRecord) bom.Input { return bom.Input(j) })
		case name == propDocAuthor:
			ok = readJSON(p.Value, &d.Authors, func(j bom.OrganizationRecord) bom.Organization { return bom.Organization(j) })
		case name == bom.PropTool:
			f := bom.SplitFields(p.Value, 3)
			d.Tools = append(d.Tools, bom.Tool{Vendor: f[0], Name: f[1], Version: f[2]})
		case name == bom.PropPhase:
			d.Phase = p.Value
		case name == bom.PropAssembly:
			d.Completeness.Assembly = bom.Aggregate(p.Value)
		case name == bom.PropLineageComplete:
			d.Completeness.Lineage = bom.Aggregate(p.Value)
		case name == propDocAttest:
			ok = readJSON(p.Value, &d.Attestations, attestationJSON.attestation)
		default:
			ok = false
		}
		if !ok {
			d.Properties = append(d.Properties, p)
		}
	}
}
