package inspect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/license"
	"github.com/modelbom/modelbom/pkg/modelcard"
	"github.com/modelbom/modelbom/pkg/source"
)

const (
	// maxLicenseTexts bounds the different texts that are searched for licences,
	// and maxLicenseBytes what they hold together: a licence takes a few
	// hundredths of a second, a megabyte of text half a second. Equal texts, such
	// as one LICENSE in every folder, count once. A repository of many models has
	// some dozens.
	maxLicenseTexts = 100
	maxLicenseBytes = 8 << 20
	// maxFolderTexts bounds the licence files of one folder that are weighed.
	maxFolderTexts = 100
	// maxTagged bounds the code files whose first lines are read for a licence
	// identifier, maxTagHead how much of each.
	maxTagged  = 5_000
	maxTagHead = 16 << 10
	// maxDisplayed bounds the text of cards and notices in which phrases are
	// looked for that a licence wants displayed, in bytes.
	maxDisplayed = 4 << 20
)

// A licenseText is a file that was read for licences.
type licenseText struct {
	file  *inventory.File
	about subject
	id    license.Identification
}

// licenseTexts is what the texts of a repository say about licences.
type licenseTexts struct {
	byPath map[string]*licenseText    // licence files and those a card links to
	byDir  map[string][]*licenseText  // licence files that speak for their folder
	tags   map[string][]license.Match // code with SPDX-License-Identifier lines
	shown  []string                   // what cards and notices display, in plain words
	gaps   []bom.Gap
}

// A subject is what a licence file is about, by its name.
type subject int

const (
	aboutAll subject = iota
	aboutWeights
	aboutCode
	aboutOthers // notices of third parties, use policies, data: no licence of the model
)

// aboutOf reads what the name of a licence file says it is for:
// "LICENSE-CODE", "MODEL_LICENSE", "THIRD-PARTY-NOTICES.txt".
func aboutOf(name string) subject {
	words := strings.FieldsFunc(strings.ToLower(path.Base(name)), func(r rune) bool { return strings.ContainsRune("-_. ", r) })
	about := aboutAll
	for _, w := range words {
		switch w {
		case "notice", "notices", "thirdpartynotices", "third", "thirdparty", "policy", "aup", "data", "dataset", "datasets", "docs", "patents":
			return aboutOthers
		case "code":
			about = aboutCode
		case "model", "models", "weights":
			about = aboutWeights
		}
	}
	return about
}

// readLicenseTexts reads the files that say something about licences. A
// repository without any costs nothing.
func readLicenseTexts(ctx context.Context, repo source.Repository, inv *inventory.Inventory) (*licenseTexts, error) {
	r := &textReader{ctx: ctx, repo: repo, known: map[[sha256.Size]byte]license.Identification{}, linked: linkedFiles(inv),
		out: &licenseTexts{byPath: map[string]*licenseText{}, byDir: map[string][]*licenseText{}, tags: map[string][]license.Match{}}}
	for _, f := range topFirst(inv.Files) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f.Readable() && !f.Ignored {
			r.file(f)
		}
	}
	if r.tagged > maxTagged {
		r.gap(bom.GapLimit, "", fmt.Sprintf("%d code files were not searched for licence identifiers", r.tagged-maxTagged))
	}
	if r.beyond > 0 {
		r.gap(bom.GapLimit, "", fmt.Sprintf("%d licence files were not read", r.beyond))
	}
	return r.out, nil
}

// topFirst puts the files of a folder before those of the folders in it: what is
// read before a limit is what speaks for the most.
func topFirst(files []*inventory.File) []*inventory.File {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(x, y *inventory.File) int {
		return cmp.Compare(strings.Count(x.Path, "/"), strings.Count(y.Path, "/"))
	})
	return files
}

// linkedFiles are the files that cards name as the text of their licence.
func linkedFiles(inv *inventory.Inventory) map[string]bool {
	out := map[string]bool{}
	add := func(link modelcard.Statement) {
		for _, file := range linkedBy(link) {
			out[file] = true
		}
	}
	for _, r := range inv.Stated.Readmes {
		add(r.LicenseLink)
	}
	for _, g := range inv.Stated.GGUFs {
		add(g.LicenseLink)
	}
	return out
}

// linkedBy are the files of the repository that a link may mean: beside the file
// that has it, else from the root.
func linkedBy(link modelcard.Statement) []string {
	if link.IsZero() || strings.Contains(link.Value, "://") {
		return nil
	}
	return []string{path.Join(folder(link.Path), link.Value), path.Clean(link.Value)}
}

type textReader struct {
	ctx    context.Context
	repo   source.Repository
	linked map[string]bool
	known  map[[sha256.Size]byte]license.Identification
	out    *licenseTexts

	tagged, beyond int
	searched       int // bytes of known
}

func (r *textReader) gap(kind bom.GapKind, file, text string) {
	r.out.gaps = append(r.out.gaps, bom.Gap{Kind: kind, Path: bom.CleanPath(file), Reason: reason(text)})
}

func (r *textReader) file(f *inventory.File) {
	switch {
	case f.Role == inventory.RoleLicense, r.linked[f.Path] && f.Role != inventory.RoleWeights:
		r.license(f)
	case f.Role == inventory.RoleCode:
		if r.tagged++; r.tagged > maxTagged {
			return
		}
		if head, err := r.head(f.Path, maxTagHead); err == nil { // unreadable files are gaps of their own
			if tags := license.Tags(head); len(tags) > 0 {
				r.out.tags[f.Path] = tags
			}
		}
	case f.Role == inventory.RoleModelCard:
		r.display(f)
	}
}

func (r *textReader) license(f *inventory.File) {
	data, err := r.head(f.Path, license.MaxText+1)
	if err != nil {
		return
	}
	digest := sha256.Sum256(data)
	id, read := r.known[digest]
	if !read && len(r.known) < maxLicenseTexts && r.searched+len(data) <= maxLicenseBytes {
		id, read = license.Identify(data), true
		r.known[digest] = id
		r.searched += len(data)
	}
	if !read {
		r.beyond++
		id = license.Identification{Reason: notRead}
	}
	t := &licenseText{file: f, about: aboutOf(f.Path), id: id}
	r.out.byPath[f.Path] = t
	if t.about != aboutOthers && f.Role == inventory.RoleLicense {
		r.speaks(t)
	}
	if t.about == aboutOthers {
		r.display(f)
		return
	}
	if id.Expression == "" && read {
		r.gap(bom.GapUnresolved, f.Path, "it was not recognised as the text of one licence: "+id.Reason)
	}
	if id.Truncated {
		r.gap(bom.GapLimit, f.Path, fmt.Sprintf("only its first %d bytes were searched for licences", license.MaxText))
	}
}

// notRead is why a text beyond a limit is not recognised.
const notRead = "not read, the repository has too many texts of licences"

// speaks lets a text speak for its folder. Of a folder with very many the last
// one stands for the rest, so that nothing is concluded without them.
func (r *textReader) speaks(t *licenseText) {
	dir := folder(t.file.Path)
	list := r.out.byDir[dir]
	switch {
	case len(list) > maxFolderTexts:
		return
	case len(list) == maxFolderTexts:
		t = &licenseText{file: t.file, about: aboutAll, id: license.Identification{Reason: "not weighed, the folder has too many texts of licences"}}
		r.gap(bom.GapLimit, dir, fmt.Sprintf("only the first %d licence files of this folder were weighed", maxFolderTexts))
	}
	r.out.byDir[dir] = append(list, t)
}

// display keeps what a card or notice shows to readers.
func (r *textReader) display(f *inventory.File) {
	kept := 0
	for _, s := range r.out.shown {
		kept += len(s)
	}
	if kept >= maxDisplayed {
		return
	}
	if data, err := r.head(f.Path, license.MaxText); err == nil {
		r.out.shown = append(r.out.shown, plainWords(string(data)))
	}
}

// displays reports whether a phrase is in a card or notice, whatever the case
// and the characters between words.
func (t *licenseTexts) displays(phrase string) bool {
	phrase = plainWords(phrase)
	for _, s := range t.shown {
		if strings.Contains(" "+s+" ", " "+phrase+" ") {
			return true
		}
	}
	return false
}

func plainWords(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80
	}), " ")
}

// head reads the first bytes of a file.
func (r *textReader) head(name string, most int64) ([]byte, error) {
	b, err := r.repo.Open(r.ctx, name)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return io.ReadAll(io.NewSectionReader(b, 0, min(b.Size(), most)))
}

// speaking are the licence texts of a folder that speak for something in it:
// those made for it where there are such, else those made for all.
func (t *licenseTexts) speaking(dir string, about subject) []*licenseText {
	var own, all []*licenseText
	for _, x := range t.byDir[dir] {
		switch x.about {
		case about:
			own = append(own, x)
		case aboutAll:
			all = append(all, x)
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}
