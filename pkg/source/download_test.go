package source

import (
	"strings"
	"testing"
)

func TestParseDownloadMetadata(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       downloadMetadata
		ok         bool
	}{
		{"git object", commit + "\n" + sha1Hex + "\n1782409898.9145322\n", downloadMetadata{commit, sha1Hex}, true},
		{"large file", commit + "\n" + oid + "\n1782409898.0\n", downloadMetadata{commit, oid}, true},
		{"no last newline", commit + "\n" + oid + "\n1782409898", downloadMetadata{commit, oid}, true},
		{"carriage returns", commit + "\r\n" + oid + "\r\n1\r\n", downloadMetadata{commit, oid}, true},
		{"branch", "main\n" + oid + "\n1\n", downloadMetadata{"", oid}, true},
		{"short commit", commit[:39] + "\n" + oid + "\n1\n", downloadMetadata{"", oid}, true},
		{"upper case", strings.ToUpper(commit) + "\n" + oid + "\n1\n", downloadMetadata{"", oid}, true},
		{"other etag", commit + "\nabc\n1\n", downloadMetadata{commit, "abc"}, true},
		{"empty", "", downloadMetadata{}, false},
		{"two lines", commit + "\n" + oid + "\n", downloadMetadata{}, false},
		{"four lines", commit + "\n" + oid + "\n1\n2\n", downloadMetadata{}, false},
		{"no time", commit + "\n" + oid + "\nyesterday\n", downloadMetadata{}, false},
		{"too long", commit + "\n" + oid + "\n1" + strings.Repeat(" ", maxMetadataSize) + "\n", downloadMetadata{}, false},
	} {
		if got, ok := parseDownloadMetadata([]byte(c.text)); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v, want %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func FuzzDownloadMetadata(f *testing.F) {
	f.Add([]byte(commit + "\n" + sha1Hex + "\n1782409898.9145322\n"))
	f.Add([]byte(commit + "\n" + oid + "\n1782409898.9\n"))
	f.Add([]byte("main\n\"abc\"\n1\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := parseDownloadMetadata(data)
		if !ok && m != (downloadMetadata{}) {
			t.Fatalf("refused and yet %+v", m)
		}
		if m.commit != "" && (!isHex(m.commit, 40) || !strings.Contains(string(data), m.commit)) {
			t.Fatalf("commit %q", m.commit)
		}
		if strings.ContainsAny(m.etag, "\n") || len(m.etag) > maxMetadataSize {
			t.Fatalf("etag %q", m.etag)
		}
		if d, ok := hubDigest(m.etag, "x"); ok && d.Value != m.etag {
			t.Fatalf("digest %+v of etag %q", d, m.etag)
		}
	})
}
