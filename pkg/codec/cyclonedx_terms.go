package codec

import (
	"net/url"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/modelbom/modelbom/pkg/bom"
)

// The closed lists of CycloneDX 1.6 and 1.7. A word outside them makes a
// document invalid.

// cdxKind reports whether a kind is a component type of 1.6 and 1.7.
func cdxKind(k bom.Kind) bool {
	return slices.Contains([]string{
		"application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
		"firmware", "file", "machine-learning-model", "data", "cryptographic-asset",
	}, string(k))
}

// cdxHash reports whether a digest can be written: its algorithm is on the
// version's list and its value has a length that the schema's pattern allows.
func cdxHash(h bom.Hash, v cdx.SpecVersion) bool {
	known := slices.Contains([]string{
		"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512",
		"BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3",
	}, string(h.Algorithm))
	if v >= cdx.SpecVersion1_7 {
		known = known || h.Algorithm == "Streebog-256" || h.Algorithm == "Streebog-512"
	}
	return known && slices.Contains([]int{32, 40, 64, 96, 128}, len(h.Value)) && strings.Trim(h.Value, "0123456789abcdef") == ""
}

// cdxLink reports whether a type is an external reference type of the version.
func cdxLink(t string, v cdx.SpecVersion) bool {
	if v >= cdx.SpecVersion1_7 && slices.Contains([]string{"patent", "patent-family", "patent-assertion", "citation"}, t) {
		return true
	}
	return slices.Contains([]string{
		"vcs", "issue-tracker", "website", "advisories", "bom", "mailing-list", "social", "chat", "documentation", "support",
		"source-distribution", "distribution", "distribution-intake", "license", "build-meta", "build-system", "release-notes",
		"security-contact", "model-card", "log", "configuration", "evidence", "formulation", "attestation", "threat-model",
		"adversary-model", "risk-assessment", "vulnerability-assertion", "exploitability-statement", "pentest-report",
		"static-analysis-report", "dynamic-analysis-report", "runtime-analysis-report", "component-analysis-report",
		"maturity-report", "certification-report", "codified-infrastructure", "quality-metrics", "poam",
		"electronic-signature", "digital-signature", "rfc-9116", "other",
	}, t)
}

// cdxTechnique reports whether a technique is on the list of evidence methods.
func cdxTechnique(t bom.Technique) bool {
	return slices.Contains([]string{
		"source-code-analysis", "binary-analysis", "manifest-analysis", "ast-fingerprint", "hash-comparison",
		"instrumentation", "dynamic-analysis", "filename", "attestation", "other",
	}, string(t))
}

// cdxPhase reports whether a word is a lifecycle phase.
func cdxPhase(p string) bool {
	return slices.Contains([]string{"design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"}, p)
}

// cdxAggregate reports whether a word is a composition aggregate.
func cdxAggregate(a bom.Aggregate) bool {
	return slices.Contains([]string{
		"complete", "incomplete", "incomplete_first_party_only", "incomplete_first_party_proprietary_only",
		"incomplete_first_party_opensource_only", "incomplete_third_party_only", "incomplete_third_party_proprietary_only",
		"incomplete_third_party_opensource_only", "unknown", "not_specified",
	}, string(a))
}

// cdxURL reports whether a text may stand where the schema wants an IRI
// reference. It is stricter than the checkers in use, so that all agree.
func cdxURL(s string) bool {
	if s == "" || strings.ContainsAny(s, " \\<>\"{}|^`\t\r\n") || strings.Count(s, "#") > 1 {
		return false
	}
	_, err := url.Parse(s)
	return err == nil && !strings.ContainsAny(s, "[]")
}

// cdxEmail reports whether a text may stand where the schema wants an address:
// a plain one, without quoting or comments.
func cdxEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	return len(local) <= 64 && len(s) <= 254 && plainLabels(local, "-_+") && plainLabels(domain, "-")
}

// plainLabels reports whether s is labels of ASCII letters, digits and the given
// marks, joined by dots, none empty or ending in a mark.
func plainLabels(s, marks string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, marks) != label {
			return false
		}
		for _, r := range label {
			if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(marks, r)) {
				return false
			}
		}
	}
	return true
}

// list returns a pointer as the library wants it: nil for an empty list, since
// a pointer to an empty one prints null or an empty element.
func list[T any](s []T) *[]T {
	if len(s) == 0 {
		return nil
	}
	return &s
}

// items undoes list.
func items[T any](p *[]T) []T {
	if p == nil {
		return nil
	}
	return *p
}
