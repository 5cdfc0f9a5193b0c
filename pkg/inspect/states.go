package inspect

import (
	"context"
	"io"
	"strings"

	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/source"
	"github.com/modelbom/modelbom/pkg/tensor"
)

const (
	// maxState bounds one tensor that describes how others are quantised: a
	// JSON text or a shape.
	maxState = 64 << 10
	// maxStates bounds the tensors of this kind of one repository; a large
	// model has a few thousand weights.
	maxStates = 100_000
)

// readStates reads the small tensors that say how others are quantised, by part
// and name. What cannot be read is not known, as if it were not there.
func readStates(ctx context.Context, repo source.Repository, inv *inventory.Inventory) map[*inventory.Part]map[string][]byte {
	out := map[*inventory.Part]map[string][]byte{}
	n := 0
	for _, p := range inv.Parts {
		if len(p.Tensors) == 0 || !packs(p) {
			continue
		}
		var files *siblings
		for _, r := range p.Tensors {
			t := r.Tensor()
			if !isState(t.Name) || t.Size > maxState || n == maxStates || !r.File.Readable() {
				continue
			}
			if files == nil || files.owner != r.File.Path {
				if files != nil {
					files.close()
				}
				files = &siblings{ctx: ctx, repo: repo, owner: r.File.Path, open: map[string]source.Blob{}}
			}
			values, err := tensor.Payload(files.blob, t, r.File.Header.BigEndian)
			if err != nil {
				continue
			}
			content, err := io.ReadAll(io.LimitReader(values, maxState))
			if err != nil {
				continue
			}
			if out[p] == nil {
				out[p] = map[string][]byte{}
			}
			out[p][t.Name] = content
			n++
		}
		if files != nil {
			files.close()
		}
	}
	return out
}

// isState reports the names of such tensors: bitsandbytes' quantisation state
// and compressed-tensors' shape of a packed weight.
func isState(name string) bool {
	return strings.Contains(name, ".quant_state.") || strings.HasSuffix(name, ".weight_shape")
}
