package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/source"
	"github.com/modelbom/modelbom/pkg/tensor"
)

const (
	// bufferSize is how much is read at a time. Larger reads gain nothing
	// once a read costs less than hashing what it brings.
	bufferSize = 1 << 20
	// buffersPerFile lets the reader run ahead of the slowest sink.
	buffersPerFile = 4
	// maxFilesAtOnce bounds memory to maxFilesAtOnce*buffersPerFile buffers,
	// 32 MiB, on machines with many cores.
	maxFilesAtOnce = 8
)

// A scanned is what one pass over a file computed.
type scanned struct {
	digests map[fingerprint.Algorithm]string
	tensors []fingerprint.Tensor // in the order of the header's, nil when not computed
	// sketches are nil when they are not wanted.
	sketches *fingerprint.Sketches
	// unread holds the tensors, by number, whose values could not be read.
	unread map[int]error
	err    error
}

// scan reads every file once. Files are taken largest first, so that no large
// file is left for the end, and each result is kept under its file, so that the
// order of finishing is not seen.
func scan(ctx context.Context, repo source.Repository, inv *inventory.Inventory, o Options) (map[*inventory.File]*scanned, error) {
	var files []*inventory.File
	var total int64
	for _, f := range inv.Files {
		if f.Readable() {
			files = append(files, f)
			total += f.Size
		}
	}
	slices.SortStableFunc(files, func(a, b *inventory.File) int { return cmp.Compare(b.Size, a.Size) })

	results := make([]*scanned, len(files))
	s := &scanner{repo: repo, options: o, total: total, heads: headsByFile(inv)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(runtime.GOMAXPROCS(0), maxFilesAtOnce))
	for i, f := range files {
		g.Go(func() error {
			results[i] = s.file(ctx, f)
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make(map[*inventory.File]*scanned, len(files))
	for i, f := range files {
		out[f] = results[i]
	}
	return out, nil
}

type scanner struct {
	repo    source.Repository
	options Options
	heads   map[*inventory.File]func(name string) (heads, kvHeads int)
	total   int64
	read    atomic.Int64
	buffers sync.Pool
}

func (s *scanner) progress(n int) {
	read := s.read.Add(int64(n))
	if s.options.Progress != nil {
		s.options.Progress(Progress{Read: read, Total: s.total})
	}
}

// file computes all digests of one file. Its error is kept, not returned: one
// bad file does not stop the others.
func (s *scanner) file(ctx context.Context, f *inventory.File) *scanned {
	r := &scanned{digests: map[fingerprint.Algorithm]string{}}
	r.err = func() error {
		blob, err := s.repo.Open(ctx, f.Path)
		if err != nil {
			return err
		}
		defer blob.Close()
		if blob.Size() != f.Size {
			return errChanged
		}
		var digests []*fingerprint.FileDigest
		var sinks []io.Writer
		tensors, both := s.tensorSink(f)
		if tensors != nil {
			sinks = append(sinks, tensors)
		}
		if f.Header != nil && s.options.sketching() {
			r.sketches = fingerprint.NewSketches(f.Header, fingerprint.SketchOptions{HeadsOf: s.heads[f]})
			sinks = append(sinks, r.sketches)
		}
		for _, a := range s.algorithms(f) {
			if both && a == fingerprint.SHA256 {
				continue
			}
			d, err := fingerprint.NewFileDigest(a, f.Size)
			if err != nil {
				return err
			}
			digests, sinks = append(digests, d), append(sinks, d)
		}
		if err := s.pump(blob, sinks); err != nil {
			return err
		}
		for _, d := range digests {
			r.digests[d.Algorithm] = d.Hex()
		}
		if both {
			r.digests[fingerprint.SHA256] = tensors.FileSHA256()
		}
		if tensors != nil {
			r.tensors, err = tensors.Tensors()
		}
		if err == nil && r.tensors != nil {
			s.layouts(ctx, f, r)
		}
		return err
	}()
	return r
}

// layouts digests the tensors that a single pass over the file does not meet:
// views, values in several pieces or in other files.
func (s *scanner) layouts(ctx context.Context, f *inventory.File, r *scanned) {
	budget := maxLayoutBytes(s.total)
	files := &siblings{ctx: ctx, repo: s.repo, owner: f.Path, open: map[string]source.Blob{}}
	defer files.close()
	for i := range f.Header.Tensors {
		t := &f.Header.Tensors[i]
		if t.Layout == nil || ctx.Err() != nil {
			continue
		}
		if len(files.open) > maxOpen {
			files.close()
		}
		values, err := tensor.Payload(files.blob, t, f.Header.BigEndian)
		if err == nil {
			left := &io.LimitedReader{R: values, N: budget}
			r.tensors[i], err = fingerprint.DigestTensor(t, left)
			if left.N == 0 {
				err = errManyViews
			}
			budget = left.N
		}
		if err != nil {
			if r.unread == nil {
				r.unread = map[int]error{}
			}
			r.unread[i] = err
		}
	}
}

// maxLayoutBytes bounds what is read a second time: views can show one byte of
// a hostile file any number of times. An honest repository shows each byte in
// a few views at most.
func maxLayoutBytes(repository int64) int64 { return 1<<30 + 8*min(repository, 1<<56) }

var errManyViews = errors.New("the views of the file show its bytes too many times over to be read")

// A siblings value opens the files that a header's layouts name, relative to
// the folder of the header's file.
type siblings struct {
	ctx   context.Context
	repo  source.Repository
	owner string
	open  map[string]source.Blob
}

// maxOpen is how many files stay open from one tensor to the next; the shards
// of neighbours lie beside each other.
const maxOpen = 32

func (s *siblings) blob(name string) (io.ReaderAt, int64, error) {
	full := s.owner
	if name != "" {
		full = path.Join(path.Dir(s.owner), name)
	}
	if b := s.open[full]; b != nil {
		return b, b.Size(), nil
	}
	b, err := s.repo.Open(s.ctx, full)
	if err != nil {
		return nil, 0, err
	}
	s.open[full] = b
	return b, b.Size(), nil
}

func (s *siblings) close() {
	for name, b := range s.open {
		b.Close()
		delete(s.open, name)
	}
}

// tensorSink is the sink for a weight file's tensors, and whether it computes
// the SHA-256 of the file as well.
func (s *scanner) tensorSink(f *inventory.File) (sink *fingerprint.TensorDigests, both bool) {
	if f.Header == nil || s.options.NoTensorDigests {
		return nil, false
	}
	if sink := fingerprint.NewFileAndTensorDigests(f.Header); sink != nil {
		return sink, true
	}
	return fingerprint.NewTensorDigests(f.Header), false
}

var errChanged = errors.New("the file changed while it was read")

func (s *scanner) algorithms(f *inventory.File) []fingerprint.Algorithm {
	list := append([]fingerprint.Algorithm{fingerprint.SHA256}, s.options.Algorithms...)
	for _, a := range f.Asserted {
		list = append(list, fingerprint.Algorithm(a.Algorithm))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// pump reads a blob from the first byte to the last into all sinks. Each sink
// of a large file has a goroutine of its own, so that the file digest and the
// tensor digests of one file use two cores; a buffer goes back to the reader
// when the last sink is done with it.
func (s *scanner) pump(blob source.Blob, sinks []io.Writer) error {
	if blob.Size() <= bufferSize {
		return s.copySmall(blob, sinks)
	}
	free := make(chan *buffer, buffersPerFile)
	for range buffersPerFile {
		free <- s.buffer()
	}
	inputs := make([]chan *buffer, len(sinks))
	var wait sync.WaitGroup
	for i, sink := range sinks {
		inputs[i] = make(chan *buffer, buffersPerFile)
		wait.Go(func() {
			for b := range inputs[i] {
				sink.Write(b.data) // the sinks are digests, which never fail
				if b.users.Add(-1) == 0 {
					free <- b
				}
			}
		})
	}
	err := s.readAll(blob, func() *buffer { return <-free }, func(b *buffer) {
		b.users.Store(int32(len(sinks)))
		for _, in := range inputs {
			in <- b
		}
	})
	for _, in := range inputs {
		close(in)
	}
	wait.Wait()
	for range len(free) {
		s.buffers.Put(<-free)
	}
	return err
}

// A buffer is one piece of a file on its way to the sinks.
type buffer struct {
	store []byte
	data  []byte // what is filled of store
	users atomic.Int32
}

func (s *scanner) buffer() *buffer {
	if b, ok := s.buffers.Get().(*buffer); ok {
		return b
	}
	return &buffer{store: make([]byte, bufferSize)}
}

func (s *scanner) copySmall(blob source.Blob, sinks []io.Writer) error {
	b := s.buffer()
	defer s.buffers.Put(b)
	return s.readAll(blob, func() *buffer { return b }, func(b *buffer) {
		for _, sink := range sinks {
			sink.Write(b.data)
		}
	})
}

// readAll reads the blob in order. A blob with no bytes gives one empty buffer,
// which ends tensors that have none.
func (s *scanner) readAll(blob source.Blob, get func() *buffer, put func(*buffer)) error {
	size := blob.Size()
	for off := int64(0); off < size || off == 0; {
		b := get()
		b.data = b.store[:min(bufferSize, size-off)]
		n, err := blob.ReadAt(b.data, off)
		if n < len(b.data) {
			if err == nil || errors.Is(err, io.EOF) {
				err = fmt.Errorf("%w: it ends at byte %d", errChanged, off+int64(n))
			}
			return err
		}
		put(b)
		s.progress(n)
		off += int64(n)
		if size == 0 {
			break
		}
	}
	return nil
}
