package codec

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/modelbom/modelbom/pkg/bom"
)

// readSPDX2Package takes from a package what the neutral model has fields for.
func readSPDX2Package(p *v2_3.Package) *bom.Component {
	c := &bom.Component{
		Kind:        packageKind(p),
		Name:        p.PackageName,
		Version:     p.PackageVersion,
		Description: p.PackageDescription,
		Copyright:   assertion(p.PackageCopyrightText),
		Hashes:      readChecksums(p.PackageChecksums),
		Licenses:    slices.Concat(readLicense(p.PackageLicenseConcluded, bom.Concluded), readLicense(p.PackageLicenseDeclared, bom.Declared)),
	}
	if s := p.PackageSupplier; s != nil && assertion(s.Supplier) != "" {
		o := readPerson(s.SupplierType, s.Supplier)
		c.Supplier = &o
	}
	for _, r := range p.PackageExternalReferences {
		switch {
		case r == nil:
		case r.Category == common.CategoryPackageManager && r.RefType == common.TypePackageManagerPURL && c.PURL == "":
			c.PURL = r.Locator
		case r.Category == common.CategoryOther:
			c.Links = append(c.Links, bom.Link{Type: r.RefType, URL: r.Locator, Comment: r.ExternalRefComment})
		}
	}
	addLink(c, "website", p.PackageHomePage)
	addLink(c, "distribution", p.PackageDownloadLocation)
	return c
}

// assertion returns a value unless it says that there is none or nobody knows.
func assertion(s string) string {
	if s == spdxNoAssertion || s == spdxNone {
		return ""
	}
	return s
}

// addLink adds a link unless the address is there already, which is how we
// write the download location and the home page.
func addLink(c *bom.Component, kind, url string) {
	url = assertion(url)
	if url == "" || slices.ContainsFunc(c.Links, func(l bom.Link) bool { return l.URL == url }) {
		return
	}
	c.Links = append(c.Links, bom.Link{Type: kind, URL: url})
}

// packageKind tells the kind from the purpose. SPDX 2.3 has none for models, so
// that a package from a model hub is told by its package URL.
func packageKind(p *v2_3.Package) bom.Kind {
	purpose := strings.ReplaceAll(p.PrimaryPackagePurpose, "-", "_")
	for kind, word := range spdx2Purposes() {
		if word == purpose {
			return kind
		}
	}
	for _, r := range p.PackageExternalReferences {
		if r != nil && modelPURL(r.Locator) {
			return bom.KindModel
		}
	}
	return bom.KindLibrary
}

// modelPURL reports whether a package URL is of a type for models.
func modelPURL(s string) bool {
	return strings.HasPrefix(s, "pkg:huggingface/") || strings.HasPrefix(s, "pkg:mlflow/")
}

func readSPDX2File(f *v2_3.File) *bom.Component {
	c := &bom.Component{
		Kind:        bom.KindFile,
		Name:        strings.TrimPrefix(f.FileName, "./"),
		Description: f.FileComment,
		Copyright:   assertion(f.FileCopyrightText),
		Hashes:      readChecksums(f.Checksums),
	}
	for _, found := range f.LicenseInfoInFiles {
		c.Licenses = append(c.Licenses, readLicense(assertion(found), "")...)
	}
	c.Licenses = append(c.Licenses, readLicense(f.LicenseConcluded, bom.Concluded)...)
	return c
}

func readChecksums(sums []common.Checksum) []bom.Hash {
	var out []bom.Hash
	for _, s := range sums {
		out = append(out, readHash(string(s.Algorithm), s.Value))
	}
	return out
}

// packageExtras are the fields of a package that the neutral model does not
// have, as properties.
func packageExtras(p *v2_3.Package) []bom.Property {
	e := properties{whole: true}
	if _, known := spdx2Kinds()[p.PrimaryPackagePurpose]; !known {
		e.add("spdx:primaryPackagePurpose", p.PrimaryPackagePurpose)
	}
	e.add("spdx:packageFileName", p.PackageFileName)
	e.add("spdx:sourceInfo", p.PackageSourceInfo)
	e.add("spdx:summary", p.PackageSummary)
	e.add("spdx:comment", p.PackageComment)
	e.add("spdx:licenseComments", p.PackageLicenseComments)
	e.add("spdx:releaseDate", p.ReleaseDate)
	e.add("spdx:builtDate", p.BuiltDate)
	e.add("spdx:validUntilDate", p.ValidUntilDate)
	if o := p.PackageOriginator; o != nil {
		e.add("spdx:originator", assertion(o.Originator))
	}
	if v := p.PackageVerificationCode; v != nil {
		e.add("spdx:packageVerificationCode", v.Value)
	}
	for _, s := range p.PackageAttributionTexts {
		e.add("spdx:attributionText", s)
	}
	for _, s := range p.PackageLicenseInfoFromFiles {
		e.add("spdx:licenseInfoFromFiles", assertion(s))
	}
	purl := ""
	for _, r := range p.PackageExternalReferences {
		switch {
		case r == nil || r.Category == common.CategoryOther:
		case r.RefType == common.TypePackageManagerPURL && purl == "":
			purl = r.Locator
		default:
			e.add("spdx:externalRef", bom.JoinFields(r.Category, r.RefType, r.Locator, r.ExternalRefComment))
		}
	}
	return e.list
}

func spdx2Kinds() map[string]bom.Kind {
	kinds := map[string]bom.Kind{"OPERATING-SYSTEM": "operating-system"}
	for kind, word := range spdx2Purposes() {
		kinds[word] = kind
	}
	return kinds
}

func fileExtras(f *v2_3.File) []bom.Property {
	e := properties{whole: true}
	for _, s := range f.FileTypes {
		e.add("spdx:fileType", s)
	}
	e.add("spdx:licenseComments", f.LicenseComments)
	e.add("spdx:noticeText", f.FileNotice)
	for _, s := range f.FileContributors {
		e.add("spdx:fileContributor", s)
	}
	for _, s := range f.FileAttributionTexts {
		e.add("spdx:attributionText", s)
	}
	return e.list
}

// unquoteSPDX2 mends what the library takes from JSON byte by byte: the names of
// people and tools keep their escapes and lose a quotation mark at the end.
func unquoteSPDX2(doc *v2_3.Document) {
	if doc.CreationInfo != nil {
		for i := range doc.CreationInfo.Creators {
			unquote(&doc.CreationInfo.Creators[i].Creator)
		}
	}
	for _, p := range doc.Packages {
		if p.PackageSupplier != nil {
			unquote(&p.PackageSupplier.Supplier)
		}
		if p.PackageOriginator != nil {
			unquote(&p.PackageOriginator.Originator)
		}
	}
}

func unquote(s *string) {
	if !strings.Contains(*s, `\`) {
		return
	}
	for _, end := range []string{`"`, `""`} {
		var plain string
		if json.Unmarshal([]byte(`"`+*s+end), &plain) == nil {
			*s = cmp.Or(strings.TrimSpace(plain), *s)
			return
		}
	}
}
