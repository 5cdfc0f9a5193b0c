package inspect

import (
	"context"
	"fmt"
	"iter"

	"github.com/modelbom/modelbom/pkg/source"
)

// A without is a repository without files that lie in it by accident, such as
// the index that it is looked up in. They are told by where they are and never
// by what they hold: whoever publishes a model does not say what is left out.
type without struct {
	source.Repository
	reasons map[string]string // by path; empty where nothing need be said
}

// leavingOut leaves out what the options name.
func leavingOut(repo source.Repository, reasons map[string]string) source.Repository {
	if len(reasons) == 0 {
		return repo
	}
	return without{repo, reasons}
}

func (r without) Files(ctx context.Context) iter.Seq2[source.File, error] {
	return func(yield func(source.File, error) bool) {
		for f, err := range r.Repository.Files(ctx) {
			if reason, out := r.reasons[f.Path]; out && err == nil {
				if reason == "" {
					continue
				}
				f = source.File{Path: f.Path, Size: f.Size, Skipped: reason, Ignored: true}
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

func (r without) Open(ctx context.Context, path string) (source.Blob, error) {
	if reason, out := r.reasons[path]; out {
		return nil, fmt.Errorf("open %q: %s", path, reason)
	}
	return r.Repository.Open(ctx, path)
}
