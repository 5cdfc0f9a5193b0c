package report

import "github.com/modelbom/modelbom/pkg/bom"

// A group gathers verdicts that look alike in charts. Its word is a style
// class; the style never stands alone, the verdict is written beside it.
type group string

// The groups, from the strongest relation to none.
const (
	groupSame     group = "same"     // the reference's values
	groupDerived  group = "derived"  // made from the reference's weights
	groupPartly   group = "partly"   // a part of them, or far away
	groupDeclared group = "declared" // somebody says so
	groupNone     group = "none"     // compared, no relation of weights
	groupOpen     group = "open"     // nothing to compare with, nothing found
)

// A verdictWords says what a verdict's word means to people who do not know it.
type verdictWords struct {
	group   group
	meaning string // completes "The verdict means: "
	// one and many complete "of 3 parts, 1 ..." and "of 3 parts, 2 ...".
	one, many string
}

// verdicts explains each verdict.
var verdicts = map[bom.Verdict]verdictWords{
	bom.VerdictIdentical: {groupSame, "the tensor bytes are the upstream's bytes",
		"is byte for byte that of a known model",
		"are byte for byte those of known models"},
	bom.VerdictIdenticalValue: {groupSame, "the same values, in another type, container or sharding",
		"has a known model's values in another form",
		"have known models' values in another form"},
	bom.VerdictRequantised: {groupDerived, "rounded from the upstream's values",
		"is a quantisation of a known model's weights",
		"are quantisations of known models' weights"},
	bom.VerdictTrainedFrom: {groupDerived, "the weights continue the upstream's weights",
		"was trained further from a known model's weights",
		"were trained further from known models' weights"},
	bom.VerdictRelatedDistant: {groupPartly, "a significant but weak relation, such as long continued training or a share in a merge",
		"is distantly related to a known model",
		"are distantly related to known models"},
	bom.VerdictSharedInitialisation: {groupPartly, "started from the same random numbers; derivation is not shown",
		"started from the same random numbers as a known model",
		"started from the same random numbers as known models"},
	bom.VerdictPartial: {groupPartly, "some layers or pieces are the upstream's",
		"holds pieces of a known model",
		"hold pieces of known models"},
	bom.VerdictSameArchitecture: {groupNone, "the shapes agree, the weights show no relation",
		"has a known model's architecture and shows no relation to its weights",
		"have known models' architectures and show no relation to their weights"},
	bom.VerdictDeclaredOnly: {groupDeclared, "the publisher says so; no bytes could confirm or deny it",
		"has an origin that is only declared",
		"have an origin that is only declared"},
	bom.VerdictNotComparable: {groupOpen, "there is no reference of that shape to compare with",
		"could not be compared with anything",
		"could not be compared with anything"},
	bom.VerdictUnknown: {groupOpen, "nothing was found in what was searched; this does not mean that it is original",
		"matches nothing that was searched",
		"match nothing that was searched"},
}

// wordsOf explains a verdict. Documents of others can hold words of their own.
func wordsOf(v bom.Verdict) verdictWords {
	if w, ok := verdicts[v]; ok {
		return w
	}
	return verdictWords{groupOpen, "a word of the tool that made the document", "has another verdict", "have another verdict"}
}

// groupWords is the legend of the groups.
var groupWords = []struct {
	group group
	words string
}{
	{groupSame, "same bytes or values"},
	{groupDerived, "made from its weights"},
	{groupPartly, "partly or distantly related"},
	{groupDeclared, "declared, not checked"},
	{groupNone, "same architecture, weights unrelated"},
	{groupOpen, "nothing found or comparable"},
}

// strengthWords says on what a verdict rests.
func strengthWords(s bom.Strength) string {
	switch s {
	case bom.StrengthExact:
		return "exact (equal digests)"
	case bom.StrengthDeclared:
		return "the publisher's word alone"
	case "":
		return "not graded"
	}
	return shown(string(s))
}
