package codec

import (
	"fmt"
	"strings"

	spdx "github.com/spdx/tools-golang/spdx/v3/v3_0"

	"github.com/modelbom/modelbom/pkg/bom"
)

// The individuals of SPDX 3.0.1 that stand for no statement and for none.
const (
	spdx3Terms           = "https://spdx.org/rdf/3.0.1/terms/"
	spdx3NoAssertion     = spdx3Terms + "ExpandedLicensing/NoAssertionLicense"
	spdx3None            = spdx3Terms + "ExpandedLicensing/NoneLicense"
	spdx3DeclaredLicense = "hasDeclaredLicense"
	spdx3Concluded       = "hasConcludedLicense"
)

// spdx3Relations are the relationship types of SPDX 3.0.1 that can lead from
// one component to another. Those of licences and of vulnerabilities are not
// here: they lead elsewhere.
func spdx3Relations() map[bom.Relation]spdx.RelationshipType {
	return map[bom.Relation]spdx.RelationshipType{
		bom.Contains:              spdx.RelationshipType_Contains,
		bom.HasDataFile:           spdx.RelationshipType_HasDataFile,
		bom.DependsOn:             spdx.RelationshipType_DependsOn,
		bom.DescendantOf:          spdx.RelationshipType_DescendantOf,
		bom.HasVariant:            spdx.RelationshipType_HasVariant,
		bom.TrainedOn:             spdx.RelationshipType_TrainedOn,
		bom.TestedOn:              spdx.RelationshipType_TestedOn,
		"amendedBy":               spdx.RelationshipType_AmendedBy,
		"configures":              spdx.RelationshipType_Configures,
		"copiedTo":                spdx.RelationshipType_CopiedTo,
		"expandsTo":               spdx.RelationshipType_ExpandsTo,
		"generates":               spdx.RelationshipType_Generates,
		"hasAddedFile":            spdx.RelationshipType_HasAddedFile,
		"hasDeletedFile":          spdx.RelationshipType_HasDeletedFile,
		"hasDependencyManifest":   spdx.RelationshipType_HasDependencyManifest,
		"hasDistributionArtifact": spdx.RelationshipType_HasDistributionArtifact,
		"hasDocumentation":        spdx.RelationshipType_HasDocumentation,
		"hasDynamicLink":          spdx.RelationshipType_HasDynamicLink,
		"hasEvidence":             spdx.RelationshipType_HasEvidence,
		"hasExample":              spdx.RelationshipType_HasExample,
		"hasInput":                spdx.RelationshipType_HasInput,
		"hasMetadata":             spdx.RelationshipType_HasMetadata,
		"hasOptionalComponent":    spdx.RelationshipType_HasOptionalComponent,
		"hasOptionalDependency":   spdx.RelationshipType_HasOptionalDependency,
		"hasOutput":               spdx.RelationshipType_HasOutput,
		"hasPrerequisite":         spdx.RelationshipType_HasPrerequisite,
		"hasProvidedDependency":   spdx.RelationshipType_HasProvidedDependency,
		"hasRequirement":          spdx.RelationshipType_HasRequirement,
		"hasSpecification":        spdx.RelationshipType_HasSpecification,
		"hasStaticLink":           spdx.RelationshipType_HasStaticLink,
		"hasTest":                 spdx.RelationshipType_HasTest,
		"hasTestCase":             spdx.RelationshipType_HasTestCase,
		"invokedBy":               spdx.RelationshipType_InvokedBy,
		"modifiedBy":              spdx.RelationshipType_ModifiedBy,
		"packagedBy":              spdx.RelationshipType_PackagedBy,
		"patchedBy":               spdx.RelationshipType_PatchedBy,
		"serializedInArtifact":    spdx.RelationshipType_SerializedInArtifact,
		"usesTool":                spdx.RelationshipType_UsesTool,
	}
}

func spdx3Hashes() map[string]spdx.HashAlgorithm {
	return map[string]spdx.HashAlgorithm{
		"sha1": spdx.HashAlgorithm_Sha1, "sha224": spdx.HashAlgorithm_Sha224, "sha256": spdx.HashAlgorithm_Sha256,
		"sha384": spdx.HashAlgorithm_Sha384, "sha512": spdx.HashAlgorithm_Sha512, "blake3": spdx.HashAlgorithm_Blake3,
		"sha3_224": spdx.HashAlgorithm_Sha3_224, "sha3_256": spdx.HashAlgorithm_Sha3_256, "sha3_384": spdx.HashAlgorithm_Sha3_384,
		"sha3_512": spdx.HashAlgorithm_Sha3_512, "blake2b256": spdx.HashAlgorithm_Blake2b256, "blake2b384": spdx.HashAlgorithm_Blake2b384,
		"blake2b512": spdx.HashAlgorithm_Blake2b512, "md2": spdx.HashAlgorithm_Md2, "md4": spdx.HashAlgorithm_Md4,
		"md5": spdx.HashAlgorithm_Md5, "md6": spdx.HashAlgorithm_Md6, "adler32": spdx.HashAlgorithm_Adler32,
	}
}

func spdx3Purposes() map[string]spdx.SoftwarePurpose {
	return map[string]spdx.SoftwarePurpose{
		"application": spdx.SoftwarePurpose_Application, "configuration": spdx.SoftwarePurpose_Configuration,
		"container": spdx.SoftwarePurpose_Container, "data": spdx.SoftwarePurpose_Data, "device": spdx.SoftwarePurpose_Device,
		"deviceDriver": spdx.SoftwarePurpose_DeviceDriver, "documentation": spdx.SoftwarePurpose_Documentation,
		"evidence": spdx.SoftwarePurpose_Evidence, "file": spdx.SoftwarePurpose_File, "firmware": spdx.SoftwarePurpose_Firmware,
		"framework": spdx.SoftwarePurpose_Framework, "library": spdx.SoftwarePurpose_Library, "model": spdx.SoftwarePurpose_Model,
		"operatingSystem": spdx.SoftwarePurpose_OperatingSystem, "other": spdx.SoftwarePurpose_Other,
		"platform": spdx.SoftwarePurpose_Platform, "source": spdx.SoftwarePurpose_Source,
	}
}

// spdx3KindOfPurpose are the purposes that are kinds of components too.
func spdx3KindOfPurpose() map[string]bom.Kind {
	return map[string]bom.Kind{
		"application": bom.KindApplication, "framework": bom.KindFramework, "library": bom.KindLibrary, "model": bom.KindModel,
		"data": bom.KindData, "configuration": bom.KindData, "file": bom.KindFile,
		"container": "container", "device": "device", "deviceDriver": "device-driver", "firmware": "firmware",
		"operatingSystem": "operating-system", "platform": "platform",
	}
}

// spdx3Class is the class that a component is written as.
func spdx3Class(c *bom.Component) string {
	switch {
	case c.Kind == bom.KindModel:
		return "ai_AIPackage"
	case c.Kind == bom.KindData && c.Role == bom.RoleDataset:
		return "dataset_DatasetPackage"
	case c.Kind == bom.KindFile:
		return "software_File"
	}
	return "software_Package"
}

// spdx3Purpose is the primary purpose that a component is written with.
func spdx3Purpose(c *bom.Component) string {
	switch c.Kind {
	case bom.KindModel:
		return "model"
	case bom.KindFile:
		return filePurpose(c)
	}
	switch c.Role {
	case bom.RoleCode:
		return "source"
	case bom.RoleChatTemplate, bom.RoleProcessor:
		return "configuration"
	}
	for purpose, kind := range spdx3KindOfPurpose() {
		if kind == c.Kind && purpose != "configuration" {
			return purpose
		}
	}
	return "other"
}

func filePurpose(c *bom.Component) string {
	role := ""
	if c.File != nil {
		role = c.File.Role
	}
	switch role {
	case "weights":
		return "model"
	case "config", "generation-config", "adapter-config", "pipeline", "modules", "processor", "chat-template", "weights-index":
		return "configuration"
	case "tokenizer", "media", "training-state":
		return "data"
	case "model-card", "documentation", "license":
		return "documentation"
	case "signature":
		return "evidence"
	case "code":
		return "source"
	}
	if c.Role == bom.RoleCode {
		return "source"
	}
	return "file"
}

// spdx3Kind is the kind that an element is read as.
func spdx3Kind(class, purpose, purl string) bom.Kind {
	switch class {
	case "ai_AIPackage":
		return bom.KindModel
	case "dataset_DatasetPackage":
		return bom.KindData
	case "software_File":
		return bom.KindFile
	}
	if kind, ok := spdx3KindOfPurpose()[purpose]; ok {
		return kind
	}
	if modelPURL(purl) {
		return bom.KindModel
	}
	return bom.KindLibrary
}

// A spdx3Link pairs a link type with the external reference type of SPDX 3.0.1
// that means the same.
type spdx3Link struct {
	link, word string
	value      spdx.ExternalRefType
}

func spdx3Links() []spdx3Link {
	return []spdx3Link{
		{"advisories", "securityAdvisory", spdx.ExternalRefType_SecurityAdvisory},
		{"adversary-model", "securityAdversaryModel", spdx.ExternalRefType_SecurityAdversaryModel},
		{"attestation", "secureSoftwareAttestation", spdx.ExternalRefType_SecureSoftwareAttestation},
		{"build-meta", "buildMeta", spdx.ExternalRefType_BuildMeta},
		{"build-system", "buildSystem", spdx.ExternalRefType_BuildSystem},
		{"certification-report", "certificationReport", spdx.ExternalRefType_CertificationReport},
		{"chat", "chat", spdx.ExternalRefType_Chat},
		{"component-analysis-report", "componentAnalysisReport", spdx.ExternalRefType_ComponentAnalysisReport},
		{"distribution", "altDownloadLocation", spdx.ExternalRefType_AltDownloadLocation},
		{"documentation", "documentation", spdx.ExternalRefType_Documentation},
		{"dynamic-analysis-report", "dynamicAnalysisReport", spdx.ExternalRefType_DynamicAnalysisReport},
		{"issue-tracker", "issueTracker", spdx.ExternalRefType_IssueTracker},
		{"license", "license", spdx.ExternalRefType_License},
		{"mailing-list", "mailingList", spdx.ExternalRefType_MailingList},
		{"pentest-report", "securityPenTestReport", spdx.ExternalRefType_SecurityPenTestReport},
		{"quality-metrics", "metrics", spdx.ExternalRefType_Metrics},
		{"release-notes", "releaseNotes", spdx.ExternalRefType_ReleaseNotes},
		{"risk-assessment", "riskAssessment", spdx.ExternalRefType_RiskAssessment},
		{"runtime-analysis-report", "runtimeAnalysisReport", spdx.ExternalRefType_RuntimeAnalysisReport},
		{"security-contact", "securityOther", spdx.ExternalRefType_SecurityOther},
		{"social", "socialMedia", spdx.ExternalRefType_SocialMedia},
		{"source-distribution", "sourceArtifact", spdx.ExternalRefType_SourceArtifact},
		{"static-analysis-report", "staticAnalysisReport", spdx.ExternalRefType_StaticAnalysisReport},
		{"support", "support", spdx.ExternalRefType_Support},
		{"threat-model", "securityThreatModel", spdx.ExternalRefType_SecurityThreatModel},
		{"vcs", "vcs", spdx.ExternalRefType_Vcs},
		{"website", "altWebPage", spdx.ExternalRefType_AltWebPage},
	}
}

// linkType finds the external reference type for a link; exact is false when it
// says less than the link does.
func linkType(link string) (t spdx.ExternalRefType, exact bool) {
	for _, l := range spdx3Links() {
		if l.link == link {
			return l.value, true
		}
	}
	if link == "model-card" {
		return spdx.ExternalRefType_Documentation, false
	}
	return spdx.ExternalRefType_Other, false
}

// linkWord undoes linkType for the words of other tools too.
func linkWord(word string) string {
	for _, l := range spdx3Links() {
		if l.word == word {
			return l.link
		}
	}
	return word
}

// spdx3Fragment escapes a Ref for the fragment of an IRI. It also escapes "~",
// which begins the identifiers that are not a Ref.
func spdx3Fragment(ref string) string {
	var b strings.Builder
	for i := range len(ref) {
		switch c := ref[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._:/@+=,", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
