package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/modelbom/modelbom/pkg/inspect"
)

// A progress shows how far the pass over the bytes is, on a terminal only.
type progress struct {
	mu      sync.Mutex
	off     bool
	out     io.Writer
	begin   time.Time
	bars    *mpb.Progress
	bar     *mpb.Bar
	maximum int64
}

func newProgress(stderr io.Writer, quiet bool) *progress {
	f, ok := stderr.(*os.File)
	return &progress{off: quiet || !ok || !term.IsTerminal(int(f.Fd())), out: stderr, begin: time.Now()}
}

// patience is how long a run may take before a bar is worth showing.
const patience = 500 * time.Millisecond

func (p *progress) update(at inspect.Progress) {
	if p.off {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		if time.Since(p.begin) < patience {
			return
		}
		p.bars = mpb.New(mpb.WithOutput(p.out), mpb.WithWidth(50))
		p.bar = p.bars.AddBar(at.Total, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersKiloByte("% .1f / % .1f")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageSpeed(decor.SizeB1000(0), "% .0f"), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	}
	p.maximum = max(p.maximum, at.Read)
	p.bar.SetCurrent(p.maximum)
}

// close removes the bar.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
}
