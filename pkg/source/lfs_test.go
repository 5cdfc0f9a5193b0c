package source

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestParsePointer(t *testing.T) {
	const v = pointerV1 + "\n"
	id := "oid sha256:" + oid + "\n"
	ext := "ext-0-foo sha256:" + oid + "\n"
	for _, c := range []struct {
		name, text string
		want       Pointer
	}{
		{"plain", pointer, Pointer{oid, 12345}},
		{"hawser", pointerHawser + "\n" + id + "size 1\n", Pointer{oid, 1}},
		{"empty content", v + id + "size 0\n", Pointer{oid, 0}},
		{"largest", v + id + "size 9223372036854775807\n", Pointer{oid, 9223372036854775807}},
		{"extension", v + ext + id + "size 1\n", Pointer{oid, 1}},
		{"two extensions", v + ext + "ext-1-bar sha256:" + oid + "\n" + id + "size 1\n", Pointer{oid, 1}},

		{"nothing", "", Pointer{}},
		{"newline", "\n", Pointer{}},
		{"no last newline", strings.TrimSuffix(pointer, "\n"), Pointer{}},
		{"two last newlines", pointer + "\n", Pointer{}},
		{"carriage returns", strings.ReplaceAll(pointer, "\n", "\r\n"), Pointer{}},
		{"leading space", " " + pointer, Pointer{}},
		{"byte order mark", "\ufeff" + pointer, Pointer{}},
		{"no version", id + "size 1\n", Pointer{}},
		{"version later", id + "size 1\n" + v, Pointer{}},
		{"version twice", v + id + "size 1\n" + v, Pointer{}},
		{"other version", "version https://git-lfs.github.com/spec/v2\n" + id + "size 1\n", Pointer{}},
		{"other host", "version https://example.com/spec/v1\n" + id + "size 1\n", Pointer{}},
		{"only version", v, Pointer{}},
		{"no oid", v + "size 1\n", Pointer{}},
		{"no size", v + id, Pointer{}},
		{"keys not sorted", v + "size 1\n" + id, Pointer{}},
		{"extension last", v + id + "size 1\n" + ext, Pointer{}},
		{"oid twice", v + id + id + "size 1\n", Pointer{}},
		{"extension twice", v + ext + ext + id + "size 1\n", Pointer{}},
		{"unknown key", v + id + "pad 1\nsize 1\n", Pointer{}},
		{"extension without order", v + "ext-x-foo sha256:" + oid + "\n" + id + "size 1\n", Pointer{}},
		{"extension without name", v + "ext-0- sha256:" + oid + "\n" + id + "size 1\n", Pointer{}},
		{"extension without digest", v + "ext-0-foo x\n" + id + "size 1\n", Pointer{}},
		{"short oid", v + "oid sha256:" + oid[1:] + "\nsize 1\n", Pointer{}},
		{"long oid", v + "oid sha256:" + oid + "0\nsize 1\n", Pointer{}},
		{"upper-case oid", v + "oid sha256:" + strings.ToUpper(oid) + "\nsize 1\n", Pointer{}},
		{"oid not hexadecimal", v + "oid sha256:" + strings.Repeat("g", 64) + "\nsize 1\n", Pointer{}},
		{"other method", v + "oid sha1:" + sha1Hex + "\nsize 1\n", Pointer{}},
		{"no method", v + "oid " + oid + "\nsize 1\n", Pointer{}},
		{"negative size", v + id + "size -1\n", Pointer{}},
		{"signed size", v + id + "size +1\n", Pointer{}},
		{"size with zero", v + id + "size 01\n", Pointer{}},
		{"size too large", v + id + "size 9223372036854775808\n", Pointer{}},
		{"size empty", v + id + "size \n", Pointer{}},
		{"size hexadecimal", v + id + "size 0x1\n", Pointer{}},
		{"size with space", v + id + "size  1\n", Pointer{}},
		{"size with comment", v + id + "size 1 # one\n", Pointer{}},
		{"empty line", v + "\n" + id + "size 1\n", Pointer{}},
		{"too long", v + "ext-0-" + strings.Repeat("f", 1000) + " sha256:" + oid + "\n" + id + "size 1\n", Pointer{}},
	} {
		got, ok := ParsePointer([]byte(c.text))
		if got != c.want || ok != (c.want.OID != "") {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, ok, c.want)
		}
	}
}

func TestPointerSizeLimit(t *testing.T) {
	pad := func(n int) []byte {
		fixed := pointerV1 + "\next-0- sha256:" + oid + "\noid sha256:" + oid + "\nsize 1\n"
		name := strings.Repeat("f", n-len(fixed))
		return []byte(strings.Replace(fixed, "ext-0-", "ext-0-"+name, 1))
	}
	if _, ok := ParsePointer(pad(MaxPointerSize - 1)); !ok {
		t.Error("a pointer of 1023 bytes is refused")
	}
	if _, ok := ParsePointer(pad(MaxPointerSize)); ok {
		t.Error("a pointer of 1024 bytes is accepted")
	}
}

func FuzzParsePointer(f *testing.F) {
	f.Add([]byte(pointer))
	f.Add([]byte(pointerHawser + "\noid sha256:" + oid + "\nsize 0\n"))
	f.Add([]byte(pointerV1 + "\next-0-foo sha256:" + oid + "\noid sha256:" + oid + "\nsize 1\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, ok := ParsePointer(data)
		if !ok {
			if p != (Pointer{}) {
				t.Fatalf("refused and yet %+v", p)
			}
			return
		}
		if p.Size < 0 || !isHex(p.OID, 64) || len(data) >= MaxPointerSize {
			t.Fatalf("accepted %+v", p)
		}
		// The end of a pointer has one spelling.
		if end := fmt.Sprintf("\noid sha256:%s\nsize %d\n", p.OID, p.Size); !bytes.HasSuffix(data, []byte(end)) {
			t.Fatalf("%q does not end in %q", data, end)
		}
	})
}
