package format

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// A torchWriter writes pickles of protocol 2.
type torchWriter struct{ strings.Builder }

func (w *torchWriter) text(s string) *torchWriter {
	w.WriteString("X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s)
	return w
}

func (w *torchWriter) op(s string) *torchWriter { w.WriteString(s); return w }

func (w *torchWriter) number(n int64) *torchWriter {
	w.WriteString("\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n))))
	return w
}

func (w *torchWriter) tuple(list ...int64) *torchWriter {
	w.op("(")
	for _, n := range list {
		w.number(n)
	}
	return w.op("t")
}

// tensor writes a tensor of a storage of float32.
func (w *torchWriter) tensor(key string, elements, offset int64, shape, strides []int64) *torchWriter {
	w.op("ctorch._utils\n_rebuild_tensor_v2\n((").text("storage").op("ctorch\nFloatStorage\n").text(key).text("cpu").number(elements).op("tQ")
	return w.number(offset).tuple(shape...).tuple(strides...).op("\x89ccollections\nOrderedDict\n)RtR")
}

// torchState is a state dictionary of a matrix, its transpose, and a vector.
func torchState() string {
	w := new(torchWriter)
	w.op("\x80\x02}(")
	w.text("w").tensor("0", 6, 0, []int64{2, 3}, []int64{3, 1})
	w.text("w.t").tensor("0", 6, 0, []int64{3, 2}, []int64{1, 3})
	w.text("b").tensor("1", 4, 1, []int64{3}, []int64{1})
	return w.op("u.").String()
}

// A torchMember is a member of an archive.
type torchMember struct{ name, data string }

func torchMembers(state string) []torchMember {
	return []torchMember{
		{"m/data.pkl", state}, {"m/byteorder", "little"}, {"m/data/0", strings.Repeat("\x01", 24)},
		{"m/data/1", strings.Repeat("\x02", 16)}, {"m/version", "3\n"},
	}
}

// torchArchive writes stored members, all at byte 0 of what follows.
func torchArchive(members []torchMember) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: m.name, CRC32: crc32.ChecksumIEEE([]byte(m.data)),
			CompressedSize64: uint64(len(m.data)), UncompressedSize64: uint64(len(m.data)),
		})
		if err == nil {
			_, err = w.Write([]byte(m.data))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// torchLegacyFile writes the legacy format around a state with two storages.
func torchLegacyFile(state string) []byte {
	var b bytes.Buffer
	b.WriteString("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}X\x0d\x00\x00\x00little_endian\x88s.")
	b.WriteString(state)
	b.WriteString("\x80\x02](X\x01\x00\x00\x000X\x01\x00\x00\x001e.")
	for _, n := range []uint64{6, 4} {
		b.Write(binary.LittleEndian.AppendUint64(nil, n))
		b.Write(make([]byte, 4*n))
	}
	return b.Bytes()
}

// torchTarFile writes an archive of PyTorch before 0.1.10 with one tensor.
func torchTarFile() []byte {
	u64 := func(list ...uint64) (s string) {
		for _, n := range list {
			s += string(binary.LittleEndian.AppendUint64(nil, n))
		}
		return s
	}
	storages := "\x80\x02K\x01.\x80\x02X\x01\x00\x00\x00aX\x03\x00\x00\x00cpuctorch\nFloatStorage\n\x87." + u64(6) + string(make([]byte, 24)) + "\x80\x02]."
	tensors := "\x80\x02K\x01.\x80\x02K\x05X\x01\x00\x00\x00actorch\nFloatTensor\n\x87." + u64(2, 2, 3, 3, 1, 0)
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, m := range []torchMember{{"sys_info", "\x80\x02}."}, {"pickle", "\x80\x02}X\x01\x00\x00\x00wX\x01\x00\x00\x005Qs."}, {"tensors", tensors}, {"storages", storages}} {
		err := t.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.data)), Mode: 0o644, Format: tar.FormatPAX})
		if err == nil {
			_, err = t.Write([]byte(m.data))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := t.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// validTorch returns whole valid files.
func validTorch() map[string][]byte {
	script := append(torchMembers(torchState()), torchMember{"m/code/__torch__.py", "class M: pass"},
		torchMember{"m/constants.pkl", "\x80\x02(t."})
	return map[string][]byte{
		"zip": torchArchive(torchMembers(torchState())), "torchscript": torchArchive(script),
		"nothing": torchArchive([]torchMember{{"m/data.pkl", "\x80\x02}."}, {"m/version", "3\n"}}),
		"legacy":  torchLegacyFile(torchState()), "tar": torchTarFile(),
	}
}

// validPickles returns plain pickles without weights.
func validPickles() map[string][]byte {
	return map[string][]byte{
		"protocol 0": []byte("(dp0\nS'a'\np1\nI1\ns."),
		"protocol 2": []byte("\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s."),
		"protocol 4": []byte("\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94."),
	}
}
