package testset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	// maxArchive is well above the largest archive that is pinned, 126 MB.
	maxArchive = 256 << 20
	// maxDownload is for one archive on a slow line.
	maxDownload = 10 * time.Minute
	// attempts is how often a client is started before its error counts.
	attempts = 3
)

// fetch downloads the archive into the new folder tmp, checks it and unpacks
// what is wanted of it into files.
func (a Archive) fetch(ctx context.Context, tmp, files string) error {
	if err := os.Mkdir(tmp, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	name, err := a.download(ctx, tmp)
	if err != nil {
		return err
	}
	if err := checkDigest(name, a.SHA256); err != nil {
		return err
	}
	return a.unpack(name, files)
}

// download returns the path of the archive.
func (a Archive) download(ctx context.Context, tmp string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, maxDownload)
	defer cancel()
	for n := 1; ; n++ {
		name, err := a.try(ctx, tmp)
		if err == nil || n == attempts || ctx.Err() != nil || errors.Is(err, exec.ErrNotFound) {
			return name, err
		}
		time.Sleep(time.Duration(n) * time.Second)
	}
}

func (a Archive) try(ctx context.Context, tmp string) (string, error) {
	switch a.Client {
	case "pip":
		args := []string{"-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
			"--no-deps", "--only-binary", ":all:", "--dest", tmp, a.Package + "==" + a.Version}
		if a.Python != "" {
			args = append(args, "--python-version", a.Python)
		}
		_, err := run(ctx, tmp, "python3", args...)
		return only(tmp, err)
	case "npm":
		_, err := run(ctx, tmp, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", tmp, a.Package+"@"+a.Version)
		return only(tmp, err)
	case "go":
		out, err := run(ctx, tmp, "go", "mod", "download", "-json", a.Package+"@"+a.Version)
		if err != nil {
			return "", err
		}
		var module struct{ Zip string }
		err = json.Unmarshal(out, &module)
		return module.Zip, err
	}
	return "", fmt.Errorf("no client %q", a.Client)
}

// run starts a client in the folder dir and returns what it prints.
func run(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	var out, complaints bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &complaints
	c.WaitDelay = 5 * time.Second
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out.Bytes(), nil
}

// only returns the one file in dir.
func only(dir string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) != 1 {
		return "", fmt.Errorf("the client left %d files, not one", len(entries))
	}
	return filepath.Join(dir, entries[0].Name()), nil
}

func checkDigest(name, want string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, maxArchive+1))
	if err != nil {
		return err
	}
	if n > maxArchive {
		return fmt.Errorf("it is larger than %d bytes", int64(maxArchive))
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("its SHA-256 is %s, pinned is %s", got, want)
	}
	return nil
}
