package facts

// The properties that statements stand in. docs/properties.md lists them with
// their fields.
const (
	PropOwn            = "modelbom:stated:own"
	PropTrainingData   = "modelbom:stated:training-data"
	PropCompute        = "modelbom:stated:compute"
	PropEnergy         = "modelbom:stated:energy"
	PropIntendedUse    = "modelbom:stated:intended-use"
	PropContact        = "modelbom:stated:contact"
	PropSupplier       = "modelbom:stated:supplier"
	PropVersion        = "modelbom:stated:version"
	PropDownload       = "modelbom:stated:download"
	PropDescription    = "modelbom:stated:description"
	PropPURL           = "modelbom:stated:purl"
	PropReference      = "modelbom:stated:reference"
	PropLicence        = "modelbom:stated:licence"
	PropAuthor         = "modelbom:stated:author" // of the document
	PropFiles          = "modelbom:stated:files"  // of the document
	PropReview         = "modelbom:review"
	PropReplaceability = "modelbom:replaceability"
	PropException      = "modelbom:exception" // of the document

	// Facts that the AI and Dataset profiles of SPDX 3 have places for.
	PropReleaseTime = "modelbom:release-time"
	PropBuiltTime   = "modelbom:built-time"
	PropOriginator  = "modelbom:originator"

	// Facts about data sets that lists of minimum elements ask for.
	PropTypes       = "modelbom:stated:dataset:types"
	PropStatistics  = "modelbom:stated:dataset:statistics"
	PropSensitivity = "modelbom:stated:dataset:sensitivity"
	PropIdentifier  = "modelbom:stated:dataset:identifier"
	PropDigest      = "modelbom:stated:dataset:digest"
)

// The states of a statement about bytes.
const (
	// BoundState: the digest that the statement names is that of the component.
	BoundState = "bound"
	// OtherBytes: it is not, or the document has no digest to compare with. The
	// statement does not count.
	OtherBytes = "other-bytes"
)

// The rules of the findings that [Apply] makes.
const (
	// RuleOtherBytes (low): a review or statement names a digest that is not the
	// component's.
	RuleOtherBytes = "review-of-other-bytes"
	// RuleDisagreement (low): what is stated is not what the document had.
	RuleDisagreement = "fact-disagreement"
	// RuleExpired (low): an exception has expired by the time of the document.
	RuleExpired = "exception-expired"
)
