package format

import (
	"errors"
	"strconv"
	"strings"
)

// onnxMemory is in the location of data that ONNX Runtime keeps in memory; the
// offset is then an address. No file may have it.
const onnxMemory = "_ORT_MEM_ADDR_"

var errMemory = errors.New("names memory of the process")

// An onnxOutside is the external_data of a tensor (ONNX, External Data): a map
// from string to string.
type onnxOutside struct {
	location, offset, length, checksum, basepath []byte
	entries                                      int
	seen                                         uint32
}

// empty keeps the buffers.
func (o onnxOutside) empty() onnxOutside {
	return onnxOutside{location: o.location[:0], offset: o.offset[:0], length: o.length[:0],
		checksum: o.checksum[:0], basepath: o.basepath[:0]}
}

// readPair reads a StringStringEntryProto into the key and text of the reader.
// What the text has above the limit is cut, and the result false.
func (x *onnxReader) readPair(f wireField, limit int64) (whole bool) {
	x.key, x.text, whole = x.key[:0], x.text[:0], true
	x.each(onnxEntry, f, func(f wireField) {
		if f.num == 1 {
			x.key = x.bytes(x.key, f, MaxKey)
			return
		}
		x.text, whole = x.cut(x.text, f, limit)
	})
	return whole
}

func (x *onnxReader) outsideEntry(f wireField) {
	if !x.readPair(f, MaxName) {
		x.failAt(f.at, ErrLimit, "a value of external_data of more than %d bytes", MaxName)
	}
	if x.err != nil {
		return
	}
	o := &x.tensor.outside
	o.entries++
	for i, into := range [...]struct {
		key string
		dst *[]byte
	}{{"location", &o.location}, {"offset", &o.offset}, {"length", &o.length}, {"checksum", &o.checksum}, {"basepath", &o.basepath}} {
		if string(x.key) != into.key {
			continue
		}
		if o.seen&(1<<i) != 0 {
			x.failAt(f.at, ErrMalformed, "external_data with two values for %s", into.key)
		}
		o.seen |= 1 << i
		*into.dst = append((*into.dst)[:0], x.text...)
		return
	}
	x.note(f.at, "external_data has the key %s, which ONNX does not name", string(x.key))
}

// addOutside adds a tensor whose values are in another file. What names no file
// below the model's folder is an anomaly, and the tensor is not read.
func (x *onnxReader) addOutside(o onnxOwner, tensor Tensor, kind onnxType, n int64) {
	out := &x.tensor.outside
	file, err := onnxFile(string(out.location))
	offset, err1 := onnxNumber(out.offset)
	length, err2 := onnxNumber(out.length)
	if err != nil || err1 != nil || err2 != nil {
		reason := outsideReason(out, err, err1)
		x.anomaly(o.at, "external_data", reason)
		x.lose(o, "external data: %s", reason)
		return
	}
	size := x.rawSize(o, kind, n)
	switch {
	case size < 0 && len(out.length) == 0:
		x.lose(o, "the length of its external data is not known")
		return
	case size < 0:
		size = length
	case len(out.length) > 0 && length != size:
		x.failAt(o.at, ErrMalformed, "tensor %s has %d bytes in another file, its shape takes %d", quote(o.own), length, size)
	case size > maxFile || offset > maxFile-size:
		x.failAt(o.at, ErrMalformed, "tensor %s lies at byte %d of another file", quote(o.own), offset)
	}
	if len(out.basepath) > 0 {
		x.note(o.at, "external_data has the basepath %s, which is not followed", string(out.basepath))
	}
	file = x.sameFile(o.at, file, string(out.checksum))
	tensor.Size = size
	tensor.Layout = &Layout{Segments: []Segment{{file, offset, size}}}
	x.add(o, tensor)
}

// outsideReason says which of the three values cannot be used.
func outsideReason(out *onnxOutside, location, offset error) string {
	switch {
	case location != nil:
		return "the location " + quote(out.location) + " " + location.Error()
	case offset != nil:
		return "the offset " + quote(out.offset) + " " + errNumber.Error()
	}
	return "the length " + quote(out.length) + " " + errNumber.Error()
}

// onnxFile checks a location as the names of an index are checked. A leading
// "./", which some writers have, means nothing.
func onnxFile(location string) (string, error) {
	if strings.Contains(location, onnxMemory) {
		return "", errMemory
	}
	file := strings.TrimPrefix(location, "./")
	return file, CheckShardPath(file)
}

var errNumber = errors.New("is no number of bytes")

// onnxNumber reads a decimal number; an empty text is 0.
func onnxNumber(s []byte) (int64, error) {
	if len(s) == 0 {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || digits(s) != len(s) {
		return 0, errNumber
	}
	return n, nil
}

// sameFile returns one string for every name of a file, and remembers the
// checksum that a tensor gives for it.
func (x *onnxReader) sameFile(at int64, file, checksum string) string {
	old, ok := x.outsides[file]
	switch {
	case !ok:
		x.outsides[file] = onnxOther{file, checksum}
		old.file = file
	case checksum != "" && old.checksum == "":
		x.outsides[old.file] = onnxOther{old.file, checksum}
	case checksum != "" && checksum != old.checksum:
		x.note(at, "file %s is said to have the checksums %s and %s", file, old.checksum, checksum)
		return old.file
	default:
		return old.file
	}
	if checksum != "" {
		x.entry(at, "checksum:"+file, Entry{Type: TypeString, Text: checksum})
	}
	return old.file
}

// An onnxOther is another file that holds tensors.
type onnxOther struct{ file, checksum string }
