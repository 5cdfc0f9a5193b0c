// Package inventory makes one walk over a repository and says what is there:
// every file with its role and format, the headers of weight files, what the
// publisher states, and how all of it falls into parts.
//
// The nouns: a [File] is one file with its role; a [WeightSet] is a group of
// weight files that make one checkpoint, such as the shards that an index
// lists; a [Part] is a sub-model or asset, with its tensors or its files; a
// [Problem] is something that could not be read.
//
// Nothing is lost: every file is in Files, every tensor of a readable weight
// file is in exactly one Part, and what fits no role is a part of its own.
// Names and configurations decide here only how a checkpoint is cut, never
// where it comes from.
package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/source"
)

// An Inventory is what one walk found.
type Inventory struct {
	Locator  source.Locator
	Files    []*File // in byte order of their paths
	Sets     []*WeightSet
	Parts    []*Part
	Stated   Stated
	Problems []Problem
}

// A File is one file of the repository.
type File struct {
	source.File
	Role FileRole
	// Format is the weight format that the bytes show, empty for other files.
	Format string
	// Header is set for weight files that could be read. A file whose tensors
	// another file describes has a header without metadata.
	Header *format.Header
	// Code is what loading the file would import, call or run, also where the
	// file broke off before its header was read.
	Code []format.Code
	// Owner is the file that describes this one's tensors, nil for most.
	Owner *File
}

// Readable reports whether the file's bytes can be opened.
func (f *File) Readable() bool { return !f.Absent && f.Skipped == "" }

// A Part is a sub-model or an asset.
type Part struct {
	Role bom.Role
	// Qualifier tells parts of one role apart: a folder, a sub-model's name, or
	// the weight set when it is not the primary one. Empty for the usual case.
	Qualifier string
	// Alternative marks a part that another weight set has too, such as a
	// second quantisation of the same model. Sums over a model leave it out.
	Alternative bool
	// Set and Tensors are set for parts with weights.
	Set     *WeightSet
	Tensors []TensorRef
	// Files hold the part's bytes; a shard can serve several parts. A part
	// that an index places in shards that cannot be read has files, or none
	// when they are not there, and no tensors.
	Files []*File
	// ConfigKey is the sub-config that describes the part ("vision_config"),
	// empty for the root, and ConfigPath the file it is in, empty when there is
	// none.
	ConfigPath, ConfigKey string
	// Inside is set for an asset that is stored inside a file of another kind:
	// the key of the file that holds it.
	Inside string
}

// A TensorRef is one tensor of one file.
type TensorRef struct {
	File   *File
	Number int // in File.Header.Tensors
}

// Tensor returns the tensor itself.
func (r TensorRef) Tensor() *format.Tensor { return &r.File.Header.Tensors[r.Number] }

// A Problem is something that could not be read, and why.
type Problem struct {
	Kind   bom.GapKind
	Path   string
	Reason string
}

// ErrNoModel: the repository holds nothing that looks like a model.
var ErrNoModel = errors.New("nothing here was recognised as a model")

// Build walks a repository. One bad file is a Problem; an error means that the
// repository as a whole could not be walked, or holds no model.
func Build(ctx context.Context, repo source.Repository) (*Inventory, error) {
	b := &builder{ctx: ctx, repo: repo, inv: &Inventory{Locator: repo.Locator()}, counted: map[Problem]int{}}
	for f, err := range repo.Files(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list files: %w", err)
		}
		b.add(f)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	b.external()
	b.readCards()
	b.inv.Sets = groupSets(b)
	b.inv.Parts = cutParts(b)
	b.noteDuplicateTensors()
	b.noteNoWeights()
	b.closeProblems()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !b.recognised() {
		return nil, ErrNoModel
	}
	return b.inv, nil
}

// A builder carries one walk.
type builder struct {
	ctx     context.Context
	repo    source.Repository
	inv     *Inventory
	counted map[Problem]int // problems by kind and path
}

// maxProblems bounds how many problems of one kind are kept of one file; a
// hostile index or header could cause millions.
const maxProblems = 50

func (b *builder) problem(kind bom.GapKind, path, reason string) {
	key := Problem{Kind: kind, Path: path}
	b.counted[key]++
	if b.counted[key] <= maxProblems {
		b.inv.Problems = append(b.inv.Problems, Problem{kind, path, reason})
	}
}

// closeProblems says how many problems were not kept.
func (b *builder) closeProblems() {
	var more []Problem
	for key, n := range b.counted {
		if n > maxProblems {
			more = append(more, Problem{key.Kind, key.Path, fmt.Sprintf("%d more of this kind are not listed", n-maxProblems)})
		}
	}
	slices.SortFunc(more, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind)) })
	b.inv.Problems = append(b.inv.Problems, more...)
}

func (b *builder) problemf(kind bom.GapKind, path, reason string, args ...any) {
	b.problem(kind, path, fmt.Sprintf(reason, args...))
}

// add takes one listed file: its role from its name, its format from its bytes,
// its header when it holds weights.
func (b *builder) add(listed source.File) {
	f := &File{File: listed, Role: roleOf(listed.Path)}
	b.inv.Files = append(b.inv.Files, f)
	switch {
	case f.Skipped != "":
		kind := bom.GapSkipped
		if !f.Ignored && weightsName(f.Path) {
			f.Role, kind = RoleWeights, bom.GapUnreadWeights
		}
		b.problem(kind, f.Path, f.Skipped)
	case f.Absent:
		if f.Role == RoleOther && !dataExtension(f.Path) || weightsName(f.Path) {
			f.Role = RoleWeights
			b.problem(bom.GapAbsentWeights, f.Path, "only a pointer to the content is here")
		} else {
			b.problem(bom.GapUnreadFile, f.Path, "only a pointer to the content is here")
		}
	default:
		if err := b.identify(f); err != nil {
			b.problem(bom.GapUnreadFile, f.Path, plain(err))
		}
	}
}

// identify looks at the first bytes and reads the header of a weight file.
func (b *builder) identify(f *File) error {
	blob, err := b.repo.Open(b.ctx, f.Path)
	if err != nil {
		if weightsName(f.Path) {
			f.Role = RoleWeights
			b.problem(bom.GapUnreadWeights, f.Path, plain(err))
			return nil
		}
		return err
	}
	defer blob.Close()
	head := make([]byte, min(int64(format.HeadSize), blob.Size()))
	if n, err := blob.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	} else {
		head = head[:n]
	}
	id, reader := format.Identify(baseName(f.Path), blob.Size(), head)
	switch {
	case f.Role == RoleTrainingState:
		return b.trainingState(f, reader, blob)
	case id == "" && f.Role == RoleOther && mustBeWeights(f.Path):
		f.Role, f.Format = RoleWeights, format.Unknown
		b.problem(bom.GapUnreadWeights, f.Path, "named like weights, and its content is of no known format")
		return nil
	case id == "" || isText(f.Role) && reader == nil:
		return nil
	}
	f.Role, f.Format = RoleWeights, id
	if reader == nil {
		b.problemf(bom.GapUnreadWeights, f.Path, "weights of format %q cannot be read by this version", id)
		return nil
	}
	header, err := reader.Read(blob, blob.Size())
	if err != nil {
		var broken *format.Error
		if errors.As(err, &broken) {
			f.Code = broken.Code
		}
		b.problem(bom.GapUnreadWeights, f.Path, plain(err))
		return nil
	}
	f.Header, f.Code = header, header.Code
	for _, n := range header.Notes {
		b.problemf(bom.GapInexact, f.Path, "byte %d: %s", n.Offset, n.Text)
	}
	return nil
}

// trainingState reads what loading an optimizer's or trainer's state would run.
// Its tensors are no part of the model.
func (b *builder) trainingState(f *File, reader format.Format, blob source.Blob) error {
	if reader == nil {
		return nil
	}
	header, err := reader.Read(blob, blob.Size())
	if err == nil {
		f.Code = header.Code
		return nil
	}
	var broken *format.Error
	if errors.As(err, &broken) {
		f.Code = broken.Code
	}
	return err
}

// recognised reports whether anything says that this is a model.
func (b *builder) recognised() bool {
	s := &b.inv.Stated
	if len(s.Adapters)+len(s.Pipelines)+len(s.Modules)+len(s.Tokenizers) > 0 {
		return true
	}
	for _, c := range s.Configs {
		if !c.ModelType.IsZero() || len(c.Architectures) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(b.inv.Files, func(f *File) bool { return f.Role == RoleWeights || f.Role == RoleWeightsIndex })
}

// noteDuplicateTensors reports tensors that two files of one set both hold.
func (b *builder) noteDuplicateTensors() {
	for _, set := range b.inv.Sets {
		if len(set.Files) < 2 {
			continue // names are unique in a file
		}
		seen := map[string]*File{}
		for _, f := range set.Files {
			if f.Header == nil {
				continue
			}
			for i := range f.Header.Tensors {
				name := f.Header.Tensors[i].Name
				if first, ok := seen[name]; ok {
					b.problemf(bom.GapInexact, f.Path, "tensor %q is in %q too; both are counted", name, first.Path)
				}
				seen[name] = f
			}
		}
	}
}

// noteNoWeights reports a configuration that describes a model whose weights
// are not here at all.
func (b *builder) noteNoWeights() {
	if len(b.inv.Sets) > 0 {
		return
	}
	for _, name := range sortedNames(b.inv.Stated.Configs) {
		if c := b.inv.Stated.Configs[name]; len(c.Architectures) > 0 {
			b.problem(bom.GapAbsentWeights, name, "describes a model, and no weights are here")
			return
		}
	}
}

// plain is an error's text without anything that an operating system adds.
func plain(err error) string {
	var format *format.Error
	switch {
	case errors.As(err, &format):
		return format.Error()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "interrupted"
	}
	return err.Error()
}
