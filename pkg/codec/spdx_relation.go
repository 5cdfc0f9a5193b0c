package codec

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// An spdxRelation pairs a word of SPDX 2.3 with one of SPDX 3.0.1. Where both
// directions differ, "A WORD B" reads "B Relation A".
type spdxRelation struct {
	v2       string
	relation bom.Relation
	reversed bool
}

// spdxRelations has for each relation the word that is written first; the
// others are read.
func spdxRelations() []spdxRelation {
	return []spdxRelation{
		{"CONTAINS", bom.Contains, false},
		{"CONTAINED_BY", bom.Contains, true},
		{"DATA_FILE_OF", bom.HasDataFile, true},
		{"DEPENDS_ON", bom.DependsOn, false},
		{"DEPENDENCY_OF", bom.DependsOn, true},
		{"DESCENDANT_OF", bom.DescendantOf, false},
		{"ANCESTOR_OF", bom.DescendantOf, true},
		{"VARIANT_OF", bom.HasVariant, true},
		{"GENERATES", "generates", false},
		{"GENERATED_FROM", "generates", true},
		{"COPY_OF", "copiedTo", true},
		{"EXPANDED_FROM_ARCHIVE", "expandsTo", true},
		{"PACKAGE_OF", "packagedBy", true},
		{"PATCH_FOR", "patchedBy", true},
		{"AMENDS", "amendedBy", true},
		{"FILE_MODIFIED", "modifiedBy", false},
		{"FILE_ADDED", "hasAddedFile", true},
		{"FILE_DELETED", "hasDeletedFile", true},
		{"DEPENDENCY_MANIFEST_OF", "hasDependencyManifest", true},
		{"DISTRIBUTION_ARTIFACT", "hasDistributionArtifact", false},
		{"DOCUMENTATION_OF", "hasDocumentation", true},
		{"DYNAMIC_LINK", "hasDynamicLink", false},
		{"STATIC_LINK", "hasStaticLink", false},
		{"EXAMPLE_OF", "hasExample", true},
		{"METAFILE_OF", "hasMetadata", true},
		{"OPTIONAL_COMPONENT_OF", "hasOptionalComponent", true},
		{"OPTIONAL_DEPENDENCY_OF", "hasOptionalDependency", true},
		{"PROVIDED_DEPENDENCY_OF", "hasProvidedDependency", true},
		{"HAS_PREREQUISITE", "hasPrerequisite", false},
		{"PREREQUISITE_FOR", "hasPrerequisite", true},
		{"REQUIREMENT_DESCRIPTION_FOR", "hasRequirement", true},
		{"SPECIFICATION_FOR", "hasSpecification", true},
		{"TEST_OF", "hasTest", true},
		{"TEST_CASE_OF", "hasTestCase", true},
	}
}

// The words that SPDX 2.3 has and SPDX 3 does not, in the neutral spelling.
// They are kept as they are.
func spdx2OnlyRelations() []string {
	return []string{
		"BUILD_DEPENDENCY_OF", "BUILD_TOOL_OF", "DEV_DEPENDENCY_OF", "DEV_TOOL_OF", "PATCH_APPLIED",
		"RUNTIME_DEPENDENCY_OF", "TEST_DEPENDENCY_OF", "TEST_TOOL_OF",
	}
}

const spdxOther = "OTHER"

// A spdx2Words value translates relations; it is built once for a document.
type spdx2Words struct {
	write map[bom.Relation]spdxRelation
	read  map[string]spdxRelation
}

func newSPDX2Words() spdx2Words {
	w := spdx2Words{map[bom.Relation]spdxRelation{}, map[string]spdxRelation{}}
	relations := spdxRelations()
	for _, word := range spdx2OnlyRelations() {
		relations = append(relations, spdxRelation{word, bom.Relation(lowerCamel(word)), false})
	}
	for _, r := range relations {
		w.read[r.v2] = r
		if _, ok := w.write[r.relation]; !ok {
			w.write[r.relation] = r
		}
	}
	return w
}

// A spdx2Edge is a relationship as SPDX 2 says it.
type spdx2Edge struct {
	from, to bom.Ref
	word     string
	comment  string
}

func (w spdx2Words) encode(r bom.Relationship) spdx2Edge {
	word, ok := w.write[r.Type]
	switch {
	case !ok:
		return spdx2Edge{r.From, r.To, spdxOther, bom.JoinFields(string(r.Type), r.Note)}
	case word.reversed:
		return spdx2Edge{r.To, r.From, word.v2, r.Note}
	}
	return spdx2Edge{r.From, r.To, word.v2, r.Note}
}

func (w spdx2Words) decode(e spdx2Edge) bom.Relationship {
	if e.word == spdxOther {
		relation, note := readOtherRelation(e.comment)
		return bom.Relationship{From: e.from, Type: relation, To: e.to, Note: note}
	}
	word, ok := w.read[e.word]
	switch {
	case !ok:
		return bom.Relationship{From: e.from, Type: bom.Relation(lowerCamel(e.word)), To: e.to, Note: e.comment}
	case word.reversed:
		return bom.Relationship{From: e.to, Type: word.relation, To: e.from, Note: e.comment}
	}
	return bom.Relationship{From: e.from, Type: word.relation, To: e.to, Note: e.comment}
}

// readOtherRelation takes the relation out of the comment of a relationship
// that SPDX has no word for. Another tool's comment is prose and stays a note.
func readOtherRelation(comment string) (relation bom.Relation, note string) {
	f := bom.SplitFields(comment, 2)
	if !lowerCamelWord(f[0]) || bom.JoinFields(f...) != comment {
		return "other", comment
	}
	return bom.Relation(f[0]), f[1]
}

// lowerCamelWord reports whether s is spelled like a relation of SPDX 3.
func lowerCamelWord(s string) bool {
	return s != "" && len(s) <= 64 && s[0] >= 'a' && s[0] <= 'z' && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
}

// lowerCamel turns "TEST_TOOL_OF" into "testToolOf".
func lowerCamel(word string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ToLower(word), "_") {
		if i > 0 && part != "" {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}
