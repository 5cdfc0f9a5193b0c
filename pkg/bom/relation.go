package bom

// A Relationship reads "From Type To".
type Relationship struct {
	From Ref
	Type Relation
	To   Ref
	// Note qualifies the relationship in the publisher's word, such as
	// "finetune" or "quantized".
	Note string
}

// A Relation is a relationship type, in the words of SPDX 3.0.1.
type Relation string

// The relations that modelbom writes.
const (
	// Contains is the component tree: the subject holds parts and files. A
	// component is contained by at most one other.
	Contains Relation = "contains"
	// HasDataFile leads from a part to the files that its bytes are read from.
	// One shard can serve several parts.
	HasDataFile Relation = "hasDataFile"
	// DependsOn is a need at run time, such as remote code.
	DependsOn Relation = "dependsOn"
	// DescendantOf leads from a component to an upstream that it comes from.
	DescendantOf Relation = "descendantOf"
	// HasVariant leads to another form of the same thing, such as a
	// quantisation.
	HasVariant Relation = "hasVariant"
	TrainedOn  Relation = "trainedOn"
	TestedOn   Relation = "testedOn"
)

// An Origin is what all claims about one component and one upstream add up to.
//
// An origin with the verdict [VerdictUnknown] or [VerdictNotComparable] may have
// no Reference: it says that the component was looked for, and where.
type Origin struct {
	// Reference is the upstream component.
	Reference Ref
	Verdict   Verdict
	// Strength grades the evidence behind the verdict.
	Strength Strength
	// Relation is the publisher's word for the derivation: "finetune",
	// "quantized", "adapter", "merge"; empty when nobody said.
	Relation string
	// Sentence states the verdict in words that a reviewer can quote, Limits
	// what it does not show.
	Sentence string
	Limits   string
	Evidence []Evidence
}

// A Verdict says how a component relates to a reference.
type Verdict string

// The verdicts, strongest first.
const (
	VerdictIdentical            Verdict = "identical"
	VerdictIdenticalValue       Verdict = "identical-value"
	VerdictRequantised          Verdict = "requantised"
	VerdictTrainedFrom          Verdict = "trained-from"
	VerdictRelatedDistant       Verdict = "related-distant"
	VerdictSharedInitialisation Verdict = "shared-initialisation"
	VerdictPartial              Verdict = "partial"
	VerdictSameArchitecture     Verdict = "same-architecture"
	VerdictDeclaredOnly         Verdict = "declared-only"
	VerdictNotComparable        Verdict = "not-comparable"
	VerdictUnknown              Verdict = "unknown"
)

// Verdicts returns all verdicts, strongest first.
func Verdicts() []Verdict {
	return []Verdict{
		VerdictIdentical, VerdictIdenticalValue, VerdictRequantised, VerdictTrainedFrom,
		VerdictRelatedDistant, VerdictSharedInitialisation, VerdictPartial, VerdictSameArchitecture,
		VerdictDeclaredOnly, VerdictNotComparable, VerdictUnknown,
	}
}

// Found reports whether the bytes show that weights or other content come from
// the reference, or share an origin with it: what makes it an ancestor.
func (v Verdict) Found() bool {
	switch v {
	case VerdictIdentical, VerdictIdenticalValue, VerdictRequantised, VerdictTrainedFrom, VerdictRelatedDistant, VerdictPartial:
		return true
	}
	return false
}

// Open reports whether the verdict names no reference of necessity.
func (v Verdict) Open() bool { return v == VerdictUnknown || v == VerdictNotComparable }

// A Strength grades evidence on a verbal scale, never as a probability.
type Strength string

// The strengths, strongest first. StrengthDeclared is the publisher's word
// alone.
const (
	StrengthExact    Strength = "exact"
	StrengthStrong   Strength = "strong"
	StrengthModerate Strength = "moderate"
	StrengthWeak     Strength = "weak"
	StrengthDeclared Strength = "declared"
)
