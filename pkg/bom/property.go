package bom

// Names of properties that keep what a format or a server has no place for, in
// every format the same. docs/properties.md says what their values are: a word,
// fields ([JoinFields]) or one of the records below as JSON.
const (
	PropRef             = "modelbom:ref"
	PropKind            = "modelbom:kind"
	PropGroup           = "modelbom:group"
	PropSupplier        = "modelbom:supplier" // OrganizationRecord
	PropLicense         = "modelbom:license"  // LicenseRecord
	PropEvidence        = "modelbom:evidence" // EvidenceRecord
	PropRelationship    = "modelbom:relationship"
	PropTask            = "modelbom:task"
	PropFamily          = "modelbom:family"
	PropArchitecture    = "modelbom:architecture"
	PropModelInput      = "modelbom:input"
	PropModelOutput     = "modelbom:output"
	PropMetric          = "modelbom:metric"
	PropMadeWith        = "modelbom:made-with" // of the document: InputRecord
	PropTool            = "modelbom:tool"
	PropPhase           = "modelbom:phase"
	PropAssembly        = "modelbom:completeness:assembly"
	PropLineageComplete = "modelbom:completeness:lineage"
)

// The JSON forms of what a property keeps whole. Their members are named in
// docs/properties.md; a member that is empty is left out.
type (
	// EvidenceRecord is an [Evidence], and converts to and from it.
	EvidenceRecord struct {
		Technique  Technique `json:"technique,omitempty"`
		Path       string    `json:"path,omitempty"`
		Key        string    `json:"key,omitempty"`
		Value      string    `json:"value,omitempty"`
		Confidence float64   `json:"confidence,omitempty"`
	}
	// LicenseRecord is a [License]; see [RecordOf].
	LicenseRecord struct {
		Acknowledgement Acknowledgement  `json:"acknowledgement,omitempty"`
		Expression      string           `json:"expression,omitempty"`
		Name            string           `json:"name,omitempty"`
		URL             string           `json:"url,omitempty"`
		Path            string           `json:"path,omitempty"`
		Evidence        []EvidenceRecord `json:"evidence,omitempty"`
	}
	// OrganizationRecord is an [Organization], and converts to and from it.
	OrganizationRecord struct {
		Name    string `json:"name,omitempty"`
		URL     string `json:"url,omitempty"`
		Email   string `json:"email,omitempty"`
		Country string `json:"country,omitempty"`
		Person  bool   `json:"person,omitempty"`
	}
	// LinkRecord is a [Link], and converts to and from it.
	LinkRecord struct {
		Type    string `json:"type,omitempty"`
		URL     string `json:"url,omitempty"`
		Comment string `json:"comment,omitempty"`
	}
	// InputRecord is an [Input], and converts to and from it.
	InputRecord struct {
		Kind    string `json:"kind,omitempty"`
		Name    string `json:"name,omitempty"`
		Version string `json:"version,omitempty"`
		Digest  string `json:"digest,omitempty"`
	}
)

// RecordOf is a licence as a property keeps it.
func RecordOf(l License) LicenseRecord {
	r := LicenseRecord{l.Acknowledgement, l.Expression, l.Name, l.URL, l.Path, nil}
	for _, e := range l.Evidence {
		r.Evidence = append(r.Evidence, EvidenceRecord(e))
	}
	return r
}

// License undoes [RecordOf].
func (r LicenseRecord) License() License {
	l := License{Expression: r.Expression, Name: r.Name, URL: r.URL, Path: r.Path, Acknowledgement: r.Acknowledgement}
	for _, e := range r.Evidence {
		l.Evidence = append(l.Evidence, Evidence(e))
	}
	return l
}
