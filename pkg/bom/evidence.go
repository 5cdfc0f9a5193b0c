package bom

// An Evidence is one observation: by which technique, where, and what was seen.
type Evidence struct {
	Technique Technique
	// Path is the file of the repository, Key the place inside it: a front
	// matter key, a JSON path such as "text_config._name_or_path", a GGUF key.
	Path, Key string
	// Value is what was seen there, made safe for display.
	Value string
	// Confidence is between 0 and 1 and grades the technique, not the truth of
	// the claim.
	Confidence float64
}

// A Technique is how something was observed, in CycloneDX's words.
type Technique string

// The techniques that modelbom uses.
const (
	// ManifestAnalysis reads what the publisher wrote.
	ManifestAnalysis Technique = "manifest-analysis"
	// SourceCodeAnalysis reads texts: licence files and the comments of code.
	SourceCodeAnalysis Technique = "source-code-analysis"
	// BinaryAnalysis reads tensors or headers.
	BinaryAnalysis Technique = "binary-analysis"
	HashComparison Technique = "hash-comparison"
	Filename       Technique = "filename"
	OtherTechnique Technique = "other"
)

// A Gap is something that could not be seen, and why. A gap is never silent:
// it is printed, and it is in every document.
type Gap struct {
	Kind GapKind
	// Ref is the component that the gap is about; empty means the subject.
	Ref Ref
	// Path is the file that the gap is about, empty when there is none.
	Path   string
	Reason string
}

// A GapKind says what sort of thing is missing.
type GapKind string

// The kinds of gaps.
const (
	// GapUnreadWeights: weights are there and could not be read.
	GapUnreadWeights GapKind = "unread-weights"
	// GapAbsentWeights: weights belong to the repository and are not there.
	GapAbsentWeights GapKind = "absent-weights"
	// GapUnreadFile: some other file could not be read or understood.
	GapUnreadFile GapKind = "unread-file"
	// GapSkipped: a link, device or tool folder that was not followed.
	GapSkipped GapKind = "skipped"
	// GapLimit: a limit cut something off.
	GapLimit GapKind = "limit"
	// GapNotComputed: an option turned something off.
	GapNotComputed GapKind = "not-computed"
	// GapInexact: a number is given that the format states only roughly.
	GapInexact GapKind = "inexact"
	// GapUnresolved: a declaration names something that cannot be identified.
	GapUnresolved GapKind = "unresolved"
	// GapLoss: the document format cannot say something.
	GapLoss GapKind = "loss"
)

// Weights reports whether the gap means that weights were not seen.
func (k GapKind) Weights() bool { return k == GapUnreadWeights || k == GapAbsentWeights }

// A Finding is a complaint about the subject that a reader should look at.
type Finding struct {
	// Rule identifies the kind of finding, such as "digest-mismatch".
	Rule     string
	Severity Severity
	Ref      Ref // the component, empty for the subject
	// Path and Key say where it was seen.
	Path, Key string
	Message   string
}

// A Severity grades findings.
type Severity string

// The severities, in CycloneDX's words.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
	SeverityInfo     Severity = "info"
)

// Grave reports whether a severity is one to stop at: medium or above. Low
// findings ask for something to be done in time, and info tells.
func (s Severity) Grave() bool {
	return s == SeverityCritical || s == SeverityHigh || s == SeverityMedium
}
