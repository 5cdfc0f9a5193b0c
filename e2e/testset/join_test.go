package testset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// writeChunks lays chunks and their list out as a package has them.
func writeChunks(t *testing.T, list string, chunks map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "chunks"), 0o755); err != nil {
		t.Fatal(err)
	}
	chunks["list.json"] = list
	for name, text := range chunks {
		if err := os.WriteFile(filepath.Join(dir, "chunks", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestJoin(t *testing.T) {
	a, b := hexSum("first "), hexSum("last")
	good := fmt.Sprintf(`{"/m":{"size":10,"chunks":[{"hash":%q},{"hash":%q}]}}`, a, b)
	outside := `{"/m":{"chunks":[{"hash":"../list.json"}]}}`
	for name, c := range map[string]struct {
		list, second, whole, want string
	}{
		"whole":           {good, "last", "first last", ""},
		"changed chunk":   {good, "lost", "first last", "has the SHA-256"},
		"other whole":     {good, "last", "something else", "pinned is"},
		"outside":         {outside, "last", "first last", "is no name"},
		"not in the list": {`{}`, "last", "first last", "pinned is"},
		"no list":         {`[`, "last", "first last", "list.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeChunks(t, c.list, map[string]string{a: "first ", b: c.second})
			j := Join{List: "chunks/list.json", Files: []Joined{{From: "/m", To: "m.bin", SHA256: hexSum(c.whole)}}}
			err := j.join(dir)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want one with %q", err, c.want)
				}
				return
			}
			got, readErr := os.ReadFile(filepath.Join(dir, "m.bin"))
			if err != nil || readErr != nil || string(got) != c.whole {
				t.Errorf("joined %q, %v, %v", got, err, readErr)
			}
			if _, err := os.Stat(filepath.Join(dir, "chunks")); !os.IsNotExist(err) {
				t.Errorf("the chunks are still there: %v", err)
			}
		})
	}
}
