package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
	"github.com/modelbom/modelbom/pkg/security"
	"github.com/modelbom/modelbom/pkg/source"
)

// maxSecretTotal bounds the text of one repository that is searched for secrets,
// in bytes.
const maxSecretTotal = 256 << 20

// propObserved says that the observations of security were made: without it,
// that there are no findings shows nothing.
const propObserved = "modelbom:observed"

// security adds what the readers saw that a reviewer of security should look at.
// It reads the texts of the repository, and files that have no reader, once more;
// nothing is executed.
func (a *assembler) security(ctx context.Context, repo source.Repository) error {
	g := &gatherer{assembler: a, ctx: ctx, repo: repo, problems: map[string]string{}, safe: map[string]string{}}
	s := &security.Subject{HubID: a.inv.Locator.HubID}
	g.prepare()
	for _, f := range a.inv.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c := a.byFile[f]; c != nil {
			s.Files = append(s.Files, g.file(f, c))
		}
	}
	s.Templates = g.templates()
	s.References = g.references()
	for _, p := range a.inv.Problems {
		s.Problems = append(s.Problems, security.Problem{Ref: g.refOf(p.Path), Kind: p.Kind, Path: p.Path, Reason: reason(p.Reason)})
	}
	a.doc.Findings = append(a.doc.Findings, security.Findings(s)...)
	a.doc.Properties = append(a.doc.Properties, bom.Property{Name: propObserved, Value: bom.JoinFields("security", security.Version)})
	return ctx.Err()
}

// A gatherer turns what the inventory holds into what package security judges.
type gatherer struct {
	*assembler
	ctx      context.Context
	repo     source.Repository
	problems map[string]string // why a file was not read, by path
	safe     map[string]string // a readable safetensors or GGUF file by folder
	searched int64
	stated   []*security.Statements // of all configurations
}

// prepare collects what is asked for every file.
func (g *gatherer) prepare() {
	for _, p := range g.inv.Problems {
		if _, ok := g.problems[p.Path]; !ok && p.Kind != bom.GapInexact {
			g.problems[p.Path] = p.Reason
		}
	}
	for _, f := range g.inv.Files {
		if f.Header == nil || f.Format != "safetensors" {
			continue
		}
		if dir := folder(f.Path); g.safe[dir] == "" {
			g.safe[dir] = f.Path
		}
	}
}

func (g *gatherer) refOf(name string) bom.Ref {
	if f := g.byPath[name]; f != nil && g.byFile[f] != nil {
		return g.byFile[f].Ref
	}
	return ""
}

func (g *gatherer) file(f *inventory.File, c *bom.Component) security.File {
	out := security.File{Ref: c.Ref, Path: f.Path, Format: f.Format, State: g.state(f), Reason: reason(g.problems[f.Path]), Code: f.Code,
		SHA256: g.sha256(f), Program: isProgram(f)}
	if f.Role == inventory.RoleTrainingState && len(f.Code) > 0 {
		out.Format = "pytorch" // its reader is that of PyTorch's files
	}
	if f.Header != nil {
		out.Twin = g.twin(f)
	}
	if !f.Readable() {
		return out
	}
	if f.Header == nil && len(f.Code) == 0 && f.Role != inventory.RoleMedia {
		g.look(f, &out)
	}
	if holdsText(f) {
		g.secrets(f, &out)
	}
	return out
}

// state says how much of a file was read.
func (g *gatherer) state(f *inventory.File) security.State {
	_, failed := g.problems[f.Path]
	switch {
	case f.Absent:
		return security.Absent
	case f.Role == inventory.RoleTrainingState && len(f.Code) > 0 && failed:
		return security.Broken
	case f.Role == inventory.RoleTrainingState && len(f.Code) > 0, f.Header != nil:
		return security.Read
	case f.Role != inventory.RoleWeights || f.Skipped != "":
		return security.Plain
	case strings.Contains(g.problems[f.Path], "cannot be read by this version"), strings.Contains(g.problems[f.Path], "no known format"):
		return security.NotRead
	case failed:
		return security.Broken
	}
	return security.Plain
}

func (g *gatherer) sha256(f *inventory.File) string {
	if s := g.scans[f]; s != nil && s.err == nil {
		return s.digests[fingerprint.SHA256]
	}
	return ""
}

// twin is the safetensors file that holds the same weights as a pickle, by the
// names of their tensors; "" when there is none.
func (g *gatherer) twin(f *inventory.File) string {
	other := g.byPath[g.safe[folder(f.Path)]]
	if other == nil || other == f {
		return ""
	}
	names := map[string]bool{}
	for i := range other.Header.Tensors {
		names[other.Header.Tensors[i].Name] = true
	}
	for i := range f.Header.Tensors {
		if names[f.Header.Tensors[i].Name] {
			return other.Path
		}
	}
	return ""
}

// isProgram reports what people or Python run.
func isProgram(f *inventory.File) bool {
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".py", ".ipynb", ".sh", ".bat", ".ps1", ".pyc", ".so", ".dll", ".dylib", ".exe":
		return true
	}
	return false
}

// look looks at a file that has no reader: archives, and formats whose tensors are
// not read. What cannot be opened is a gap of its own.
func (g *gatherer) look(f *inventory.File, out *security.File) {
	blob, err := g.repo.Open(g.ctx, f.Path)
	if err != nil {
		return
	}
	defer blob.Close()
	size := blob.Size()
	head := make([]byte, min(int64(format.HeadSize), size))
	if n, err := blob.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		out.State, out.Reason = security.Broken, "it could not be read"
		return
	} else if head = head[:n]; n == 0 {
		return
	}
	if _, reader := format.Identify(path.Base(f.Path), size, head); reader != nil && f.Role == inventory.RoleWeights && !strings.EqualFold(path.Ext(f.Path), ".keras") {
		return // it was read as far as it can be
	}
	if format.Scannable(path.Base(f.Path), head) {
		scanned := format.Scan(path.Base(f.Path), blob, size)
		out.Scanned, out.Code, out.Gaps = true, scanned.Code, scanned.Gaps
	}
	if security.Searchable(f.Format) {
		var whole bool
		if out.Marks, whole, err = security.Search(blob, size, f.Format); err != nil || !whole {
			out.State, out.Reason = security.Broken, "it was not searched to its end"
		}
	}
}

// holdsText reports the files that are searched for secrets: configurations,
// cards, code and other texts, and not vocabularies, where every text occurs.
func holdsText(f *inventory.File) bool {
	ext := strings.ToLower(path.Ext(f.Path))
	switch f.Role {
	case inventory.RoleConfig, inventory.RoleGenerationConfig, inventory.RoleAdapterConfig, inventory.RolePipeline, inventory.RoleModules, inventory.RoleChatTemplate,
		inventory.RoleProcessor, inventory.RoleCode, inventory.RoleModelCard:
		return true
	case inventory.RoleTokenizer:
		return path.Base(f.Path) == "tokenizer_config.json"
	case inventory.RoleTrainingState:
		return ext == ".json"
	case inventory.RoleDocumentation, inventory.RoleOther:
		base := strings.ToLower(path.Base(f.Path))
		return slices.Contains([]string{".json", ".jsonl", ".yaml", ".yml", ".toml", ".txt", ".md", ".rst", ".cfg", ".ini", ".conf", ".env", ".xml", ".html", ".pem", ".key",
			".properties", ".log", ".csv", ".tf", ".netrc", ".npmrc", ".pypirc", ".j2"}, ext) ||
			strings.HasPrefix(base, ".env") || strings.HasPrefix(base, "chat_template") || slices.Contains([]string{"dockerfile", "makefile", "id_rsa", "id_ed25519", "id_ecdsa", ".netrc", ".git-credentials", "credentials"}, base)
	}
	return false
}

// secrets searches a file's text.
func (g *gatherer) secrets(f *inventory.File, out *security.File) {
	size := min(f.Size, security.MaxSecretText)
	if g.searched += size; g.searched > maxSecretTotal || f.Size > size {
		if out.State == security.Plain {
			out.State, out.Reason = security.Broken, fmt.Sprintf("only %d of its %d bytes were searched for secrets", max(0, size-max(0, g.searched-maxSecretTotal)), f.Size)
		}
		if g.searched > maxSecretTotal {
			return
		}
	}
	blob, err := g.repo.Open(g.ctx, f.Path)
	if err != nil {
		return // a gap of its own
	}
	defer blob.Close()
	text, err := io.ReadAll(io.NewSectionReader(blob, 0, min(blob.Size(), size)))
	if err != nil {
		return
	}
	if plain, ok := format.PlainText(text); ok {
		out.Secrets = security.Secrets(plain)
		g.loose(f, out, plain)
	} else if out.State == security.Plain {
		out.State, out.Reason = security.Broken, "its text is in UTF-32, which is not searched"
	}
}

// loose looks for what a text says about code, in files that no reader expects
// it in.
func (g *gatherer) loose(f *inventory.File, out *security.File, text []byte) {
	base := strings.ToLower(path.Base(f.Path))
	switch ext := path.Ext(base); {
	case ext == ".json":
		out.Stated = security.ReadStatements(f.Path, text)
		g.stated = append(g.stated, out.Stated)
	case f.Role != inventory.RoleChatTemplate && (ext == ".j2" || strings.HasPrefix(base, "chat_template")):
		g.stated = append(g.stated, &security.Statements{Templates: []modelcard.ChatTemplate{{Path: f.Path, Text: string(text), Size: f.Size}}})
	}
}

// templates are all chat templates, each with the file it stands in.
func (g *gatherer) templates() (out []security.Template) {
	add := func(list []modelcard.ChatTemplate) {
		for _, t := range list {
			out = append(out, security.Template{Ref: g.refOf(t.Path), ChatTemplate: t})
		}
	}
	s := &g.inv.Stated
	for _, p := range sortedKeys(s.TokenizerConfigs) {
		add(s.TokenizerConfigs[p].ChatTemplates)
	}
	for _, p := range sortedKeys(s.Templates) {
		add(s.Templates[p])
	}
	type place struct{ path, key, text string }
	known := map[place]bool{}
	for _, t := range out {
		known[place{t.Path, t.Key, t.Text}] = true
	}
	for _, stated := range g.stated {
		for _, t := range stated.Templates {
			if p := (place{t.Path, t.Key, t.Text}); !known[p] {
				known[p] = true
				add([]modelcard.ChatTemplate{t})
			}
		}
	}
	return out
}

// references are what makes a loader import code.
func (g *gatherer) references() (out []security.Reference) {
	type place struct{ path, key, value string }
	known := map[place]bool{}
	add := func(list ...modelcard.CodeReference) {
		for _, r := range list {
			if p := (place{r.Path, r.Key, r.Value}); !known[p] {
				known[p] = true
				out = append(out, g.reference(r))
			}
		}
	}
	s := &g.inv.Stated
	for _, p := range sortedKeys(s.Configs) {
		add(s.Configs[p].AutoMap...)
	}
	for _, p := range sortedKeys(s.TokenizerConfigs) {
		add(s.TokenizerConfigs[p].AutoMap...)
	}
	for _, p := range sortedKeys(s.Processors) {
		add(s.Processors[p].AutoMap...)
	}
	for _, p := range sortedKeys(s.Modules) {
		for _, m := range s.Modules[p] {
			if m.CodeReference != nil {
				add(*m.CodeReference)
			}
		}
	}
	for _, stated := range g.stated {
		for _, r := range stated.References {
			// A library of a pipeline is a file of the repository or a package.
			if path.Base(r.Path) != "model_index.json" || g.reference(r).Found != "" {
				add(r)
			} else {
				stated.Import(r)
			}
		}
	}
	return out
}

// reference finds the file that a reference names: beside the file that names
// it, or in the root.
func (g *gatherer) reference(r modelcard.CodeReference) security.Reference {
	out := security.Reference{Ref: g.refOf(r.Path), CodeReference: r}
	out.Value = quoted(r.Value) // it can be a path of the publisher's machine
	if r.File == "" || r.Repository != "" && r.Repository != g.inv.Locator.HubID {
		return out
	}
	for _, name := range []string{path.Join(folder(r.Path), r.File), r.File} {
		if f := g.byPath[name]; f != nil {
			out.Found, out.SHA256 = f.Path, g.sha256(f)
			break
		}
	}
	return out
}
