package codec

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/modelbom/modelbom/pkg/bom"
)

// component writes one component as a File if it is one, otherwise as a
// Package, and the rest of it as an annotation.
func (w *spdx2Writer) component(c *bom.Component) {
	l := nativeLicenses(c.Licenses, w.list)
	if spdx2IsFile(c) {
		f := w.file(c, l)
		w.out.Files = append(w.out.Files, f)
		note := w.note(c, readSPDX2File(f), natively{Licenses: l.whole && l.declared == spdxNoAssertion})
		w.attach(&f.Annotations, f.FileSPDXIdentifier, note)
		return
	}
	p := w.pkg(c, l)
	w.out.Packages = append(w.out.Packages, p)
	native := readSPDX2Package(p)
	note := w.note(c, native, natively{Licenses: l.whole, Links: slices.Equal(native.Links, c.Links), Supplier: equalSupplier(native.Supplier, c.Supplier)})
	w.attach(&p.Annotations, p.PackageSPDXIdentifier, note)
}

// spdx2IsFile: a File of SPDX 2.3 must have a checksum (clause 8.4). A file
// whose content nobody saw, and code as a whole, are packages.
func spdx2IsFile(c *bom.Component) bool {
	return c.Kind == bom.KindFile && slices.ContainsFunc(c.Hashes, func(h bom.Hash) bool {
		word, _ := hashWords(h)
		return word != ""
	})
}

// note collects what the native fields do not say. native is the component as
// a reader would make it from them.
func (w *spdx2Writer) note(c, native *bom.Component, n natively) []bom.Property {
	n.Kind = native.Kind == c.Kind
	n.Relationships = true
	n.AnyLength = true
	native.Hashes = sortHashes(native.Hashes)
	props := slices.Concat(componentProperties(c, w.about, n).list, exactProperties(c, native), w.odd[c.Ref])
	if string(w.ids[c.Ref]) != string(c.Ref) {
		props = append(props, bom.Property{Name: bom.PropRef, Value: string(c.Ref)})
	}
	sortPairs(props)
	return props
}

// sortHashes puts digests into Normalize's order.
func sortHashes(hashes []bom.Hash) []bom.Hash {
	slices.SortFunc(hashes, func(a, b bom.Hash) int {
		return cmp.Or(cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Value, b.Value))
	})
	return hashes
}

// attach puts an annotation where the spelling has it: inside the element in
// JSON, at the end of the document in tag-value.
func (w *spdx2Writer) attach(inside *[]v2_3.Annotation, id common.ElementID, props []bom.Property) {
	if len(props) == 0 {
		return
	}
	note := w.annotation(props)
	if w.tagValue {
		note.AnnotationSPDXIdentifier = common.DocElementID{ElementRefID: id}
		w.out.Annotations = append(w.out.Annotations, &note)
		return
	}
	*inside = []v2_3.Annotation{note}
}

func (w *spdx2Writer) pkg(c *bom.Component, l spdxLicenses) *v2_3.Package {
	p := &v2_3.Package{
		PackageName:             cmp.Or(spdxLine(c.Name), spdxLine(string(c.Ref)), "unnamed"),
		PackageSPDXIdentifier:   w.ids[c.Ref],
		PackageVersion:          spdxLine(c.Version),
		PackageDownloadLocation: cmp.Or(downloadLink(c.Links), spdxNoAssertion),
		PackageHomePage:         firstLink(c.Links, "website"),
		PackageLicenseDeclared:  l.declared,
		PackageLicenseConcluded: l.concluded,
		PackageLicenseComments:  w.text(foundComment(c.Licenses)),
		PackageCopyrightText:    cmp.Or(w.text(c.Copyright), spdxNoAssertion),
		PackageDescription:      w.text(c.Description),
		PrimaryPackagePurpose:   w.purpose(c),
		PackageChecksums:        checksums(c.Hashes),
	}
	if c.Kind == bom.KindFile {
		p.PackageFileName = "./" + spdxLine(c.Name)
	}
	if c.Supplier != nil {
		if name := spdxPerson(*c.Supplier); name != "" {
			p.PackageSupplier = &common.Supplier{SupplierType: agentType(*c.Supplier), Supplier: name}
		}
	}
	if p.PackageSupplier == nil {
		p.PackageSupplier = &common.Supplier{Supplier: spdxNoAssertion}
	}
	w.verification(c.Ref, p)
	w.externalRefs(c, p)
	return p
}

func (w *spdx2Writer) externalRefs(c *bom.Component, p *v2_3.Package) {
	if purl := spdxPURL(c.PURL); purl != "" {
		p.PackageExternalReferences = append(p.PackageExternalReferences, &v2_3.PackageExternalReference{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: purl})
	}
	for _, l := range c.Links {
		if spdxToken(l.Type) && l.URL != "" && !strings.ContainsFunc(l.URL, notURLChar) {
			p.PackageExternalReferences = append(p.PackageExternalReferences, &v2_3.PackageExternalReference{
				Category: common.CategoryOther, RefType: l.Type, Locator: l.URL, ExternalRefComment: w.text(l.Comment)})
		}
	}
}

// downloadLink is the link that SPDX wants as the download location.
func downloadLink(links []bom.Link) string {
	return cmp.Or(firstLink(links, "distribution"), firstLink(links, "source-distribution"), firstLink(links, "vcs"))
}

func firstLink(links []bom.Link, kind string) string {
	for _, l := range links {
		if u := spdxURL(l.URL); l.Type == kind && u != "" {
			return u
		}
	}
	return ""
}

// spdx2Purposes are the purposes of SPDX 2.3 that are kinds of components too.
func spdx2Purposes() map[bom.Kind]string {
	return map[bom.Kind]string{
		bom.KindApplication: "APPLICATION", bom.KindFramework: "FRAMEWORK", bom.KindLibrary: "LIBRARY", bom.KindFile: "FILE",
		"container": "CONTAINER", "operating-system": "OPERATING_SYSTEM", "device": "DEVICE", "firmware": "FIRMWARE",
	}
}

// purpose chooses among the purposes of SPDX 2.3 (clause 7.24). The two
// spellings write one of them differently.
func (w *spdx2Writer) purpose(c *bom.Component) string {
	purpose := cmp.Or(spdx2Purposes()[c.Kind], spdxOther)
	if c.Role == bom.RoleCode {
		purpose = "SOURCE"
	}
	if w.tagValue {
		purpose = strings.ReplaceAll(purpose, "_", "-")
	}
	return purpose
}

func (w *spdx2Writer) file(c *bom.Component, l spdxLicenses) *v2_3.File {
	f := &v2_3.File{
		FileName:           "./" + cmp.Or(spdxLine(c.Name), spdxLine(string(c.Ref))),
		FileSPDXIdentifier: w.ids[c.Ref],
		FileTypes:          fileTypes(c),
		Checksums:          checksums(c.Hashes),
		LicenseConcluded:   l.concluded,
		LicenseInfoInFiles: foundLicenses(c.Licenses, w.list),
		FileCopyrightText:  cmp.Or(w.text(c.Copyright), spdxNoAssertion),
		FileComment:        w.text(c.Description),
	}
	if l.declared != spdxNoAssertion && l.declared != spdxNone {
		f.LicenseComments = w.text("Declared: " + l.declared)
	}
	return f
}

// missingSHA1 is one loss for the whole document: those of other tools often
// have no SHA-1 at all, and a line for each of ten thousand files would hide
// what else is lost.
func (w *spdx2Writer) missingSHA1() {
	without := 0
	for _, f := range w.out.Files {
		if !slices.ContainsFunc(f.Checksums, func(s common.Checksum) bool { return s.Algorithm == common.SHA1 }) {
			without++
		}
	}
	if without > 0 {
		w.losses = append(w.losses, Loss{Field: "SHA-1", Reason: fmt.Sprintf("SPDX 2.3 wants one for every file, and %d of %d have none", without, len(w.out.Files))})
	}
}

// fileTypes chooses among the file types of SPDX 2.3 (clause 8.3).
func fileTypes(c *bom.Component) []string {
	if c.File != nil && c.File.Role == "weights" {
		return []string{"BINARY"}
	}
	switch ext := strings.ToLower(path.Ext(c.Name)); ext {
	case ".md", ".rst":
		return []string{"DOCUMENTATION", "TEXT"}
	case ".pdf":
		return []string{"DOCUMENTATION"}
	case ".py", ".c", ".cc", ".cpp", ".cu", ".h", ".go", ".rs", ".js", ".ts", ".sh", ".ipynb":
		return []string{"SOURCE", "TEXT"}
	case ".json", ".jsonl", ".txt", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".csv", ".tsv", ".jinja", ".xml", ".html":
		return []string{"TEXT"}
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg":
		return []string{"IMAGE"}
	case ".wav", ".mp3", ".flac", ".ogg":
		return []string{"AUDIO"}
	case ".mp4", ".webm", ".avi", ".mov":
		return []string{"VIDEO"}
	case ".zip", ".tar", ".gz", ".tgz", ".xz", ".zst", ".7z":
		return []string{"ARCHIVE"}
	case ".safetensors", ".gguf", ".bin", ".pt", ".pth", ".onnx", ".h5", ".msgpack", ".npz", ".npy", ".model", ".so", ".dll":
		return []string{"BINARY"}
	}
	return []string{spdxOther}
}

func checksums(hashes []bom.Hash) []common.Checksum {
	var out []common.Checksum
	for _, h := range hashes {
		if word, _ := hashWords(h); word != "" {
			out = append(out, common.Checksum{Algorithm: common.ChecksumAlgorithm(word), Value: h.Value})
		}
	}
	return out
}

// indexFiles notes which files every package contains and their SHA-1.
func (w *spdx2Writer) indexFiles() {
	w.sha1, w.files = map[bom.Ref]string{}, map[bom.Ref][]bom.Ref{}
	file := map[bom.Ref]bool{}
	for i := range w.d.Components {
		c := &w.d.Components[i]
		file[c.Ref] = spdx2IsFile(c)
		for _, h := range c.Hashes {
			if word, _ := hashWords(h); word == "SHA1" {
				w.sha1[c.Ref] = h.Value
			}
		}
	}
	for _, r := range w.d.Relationships {
		if r.Type == bom.Contains && file[r.To] && !file[r.From] {
			w.files[r.From] = append(w.files[r.From], r.To)
		}
	}
}

// verification says that a package's files were analysed, and proves it with
// the verification code (clause 7.9), where every file has a SHA-1. Otherwise
// the code cannot be made and the package says that they were not.
func (w *spdx2Writer) verification(ref bom.Ref, p *v2_3.Package) {
	p.IsFilesAnalyzedTagPresent = true
	files := w.files[ref]
	sums := make([]string, 0, len(files))
	for _, f := range files {
		if w.sha1[f] != "" {
			sums = append(sums, w.sha1[f])
		}
	}
	if len(files) == 0 || len(sums) < len(files) {
		return
	}
	slices.Sort(sums)
	code := sha1.Sum([]byte(strings.Join(sums, "")))
	p.FilesAnalyzed = true
	p.PackageVerificationCode = &common.PackageVerificationCode{Value: hex.EncodeToString(code[:])}
}

func equalSupplier(a, b *bom.Organization) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
