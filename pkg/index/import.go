package index

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// Limits of an import. What is read comes from strangers; memory is needed for
// one model at a time.
const (
	// maxLine is the length of a line: the ten fields of an entry, all escaped.
	maxLine = 16 * 6 * maxField
	// maxFile is the size of one fingerprint: a mixture of 60 layers and 512
	// experts takes about 250 MB.
	maxFile = 1 << 30
	// maxImport is the number of models of one stream.
	maxImport = 1 << 20
)

// Import adds what Export wrote, and returns how many models changed. All digests
// are verified; when one is wrong, or anything else, nothing has changed.
func (x *Index) Import(ctx context.Context, r io.Reader) (changed int, err error) {
	in, err := newImporter(r)
	if err != nil {
		return 0, fmt.Errorf("import: %w", err)
	}
	err = x.write(ctx, func(s *session) error {
		for !in.done() {
			record, err := in.next()
			if err != nil {
				return fmt.Errorf("import: model %d of %d: %w", in.count, in.head.Models, err)
			}
			did, err := s.add(record)
			if err != nil {
				return err
			}
			if did {
				changed++
			}
		}
		if err := in.end(); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// An importer reads a stream and verifies it.
type importer struct {
	r     *bufio.Reader
	hash  hash.Hash
	head  exportHead
	count int
	last  string // ID
}

func newImporter(r io.Reader) (*importer, error) {
	in := &importer{r: bufio.NewReader(r), hash: sha256.New()}
	if magic, err := in.r.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b { // RFC 1952, 2.3.1
		z, err := gzip.NewReader(in.r)
		if err != nil {
			return nil, err
		}
		in.r = bufio.NewReader(z)
	}
	switch err := in.line(&in.head); {
	case err != nil:
		return nil, fmt.Errorf("not an exported index: %w", err)
	case in.head.Format != exportFormat:
		return nil, fmt.Errorf("not an exported index: format %.64q", in.head.Format)
	case in.head.Version != exportVersion:
		return nil, fmt.Errorf("version %d of the export is not known, only %d", in.head.Version, exportVersion)
	case in.head.Sketch != fingerprint.SketchVersion:
		return nil, fmt.Errorf("sketches of kind %.64q cannot be compared with %q", in.head.Sketch, fingerprint.SketchVersion)
	case in.head.Models < 0 || in.head.Models > maxImport:
		return nil, fmt.Errorf("%d models, at most %d are read at once", in.head.Models, maxImport)
	}
	return in, nil
}

func (in *importer) done() bool { return in.count >= in.head.Models }

// line reads a JSON object.
func (in *importer) line(v any) error {
	var line []byte
	for {
		piece, err := in.r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case len(line) > maxLine:
			return fmt.Errorf("a line is longer than %d bytes", maxLine)
		case err == io.EOF:
			return errors.New("the stream ends early")
		case err == nil:
			in.hash.Write(line)
			return object(line, v)
		case err != bufio.ErrBufferFull:
			return err
		}
	}
}

// object decodes exactly the fields that v has.
func object(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one JSON value in a line")
	}
	return nil
}

// next reads one model and makes sure that it is what the stream says.
func (in *importer) next() (*record, error) {
	in.count++
	var m exportModel
	if err := in.line(&m); err != nil {
		return nil, err
	}
	e := Entry{ID: m.Entry.ID, Group: m.Entry.Group, Name: m.Entry.Name, Version: m.Entry.Version, PURL: m.Entry.PURL,
		Supplier: m.Entry.Supplier, Country: m.Entry.Country, License: m.Entry.License, Family: m.Entry.Family,
		Released: m.Entry.Released, Digest: "sha256:" + m.SHA256}
	if err := e.check(); err != nil {
		return nil, err
	}
	if e.ID <= in.last {
		return nil, fmt.Errorf("%q comes after %q: models are not in order, or there twice", e.ID, in.last)
	}
	in.last = e.ID
	data, err := in.bytes(m.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", e.ID, err)
	}
	if digestOf(data) != e.Digest {
		return nil, fmt.Errorf("%q was altered: its SHA-256 is not the one stated", e.ID)
	}
	model, err := decodeModel(data)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", e.ID, err)
	}
	// Encoding it anew must give the same digest: one fingerprint has one form.
	return newRecord(e, model)
}

// bytes reads n bytes and the newline behind them. Memory grows with what is
// there, not with what is said to be.
func (in *importer) bytes(n int64) ([]byte, error) {
	if n < 0 || n > maxFile {
		return nil, fmt.Errorf("a fingerprint of %d bytes, at most %d are read", n, maxFile)
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, in.r, n+1); err != nil {
		if err == io.EOF {
			err = errors.New("the stream ends early")
		}
		return nil, err
	}
	in.hash.Write(b.Bytes())
	data := b.Bytes()
	if data[n] != '\n' {
		return nil, errors.New("the fingerprint does not end where it should")
	}
	return data[:n], nil
}

// end verifies the digest of the whole, and that nothing follows.
func (in *importer) end() error {
	sum := hex.EncodeToString(in.hash.Sum(nil))
	var e exportEnd
	if err := in.line(&e); err != nil {
		return err
	}
	if e.Models != in.head.Models || e.SHA256 != sum {
		return errors.New("the stream was altered: its SHA-256 is not the one stated at its end")
	}
	switch _, err := in.r.ReadByte(); {
	case err == nil:
		return errors.New("data follows the end of the export")
	case err != io.EOF:
		return err
	}
	return nil
}
