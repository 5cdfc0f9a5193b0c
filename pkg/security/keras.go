package security

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
)

const (
	// maxKerasMembers bounds the members of a Keras archive that are looked at.
	maxKerasMembers = 10_000
	// maxKerasConfig bounds its configuration in bytes when unpacked. Those of
	// large models have some megabytes.
	maxKerasConfig = 64 << 20
)

var errKeras = errors.New("no configuration in the archive")

// SearchKeras looks for marks of code in the configuration of a Keras archive
// (format version 3: a zip archive with config.json), as [Search] does, and for
// members that lead out of it. Offsets are those in the configuration.
func SearchKeras(r io.ReaderAt, size int64) (marks []Mark, whole bool, err error) {
	if err := zipMembers(r, size); err != nil {
		return nil, false, err
	}
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, false, fmt.Errorf("open archive: %w", err)
	}
	err = errKeras
	for i, f := range archive.File {
		if i == maxKerasMembers {
			return marks, false, nil
		}
		if climbs(f.Name) {
			marks = append(marks, Mark{RulePathEscape, f.Name, 0})
		}
		if path.Base(f.Name) != "config.json" && path.Ext(f.Name) != ".pkl" {
			continue
		}
		more, cut, failed := searchMember(f)
		marks = append(marks, more...)
		if failed != nil || cut {
			return marks, false, failed
		}
		err = nil
	}
	return marks, err == nil, err
}

// zipMembers refuses an archive of more members than a Keras file can have,
// before a reader allocates for them (APPNOTE.TXT 6.3.10, 4.3.16).
func zipMembers(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 22+1<<16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || at+12 > len(tail) {
		return errors.New("an archive without the end of its directory")
	}
	if n := binary.LittleEndian.Uint16(tail[at+10:]); n > maxKerasMembers {
		return fmt.Errorf("an archive of %d members or more", n)
	}
	return nil
}

// searchMember searches one unpacked configuration.
func searchMember(f *zip.File) (marks []Mark, cut bool, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxKerasConfig+1))
	if err != nil {
		return nil, false, err
	}
	marks, _, err = Search(bytes.NewReader(data), int64(len(data)), "keras")
	return marks, len(data) > maxKerasConfig, err
}
