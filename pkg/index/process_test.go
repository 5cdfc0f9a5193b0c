package index

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// child does what a test wants done in a process of its own, and reports whether
// that was asked for.
func child() bool {
	location := os.Getenv("MODELBOM_INDEX_CHILD")
	if location == "" {
		return false
	}
	if err := childWork(location, os.Getenv("MODELBOM_INDEX_CHILD_NAME"), os.Getenv("MODELBOM_INDEX_CHILD_DO")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

func childWork(location, name, do string) error {
	ctx := context.Background()
	if do == "search" {
		x, err := Open(ctx, location)
		if err != nil {
			return err
		}
		found, err := x.Search(ctx, small.part(random(1)))
		if err == nil {
			fmt.Println(found[0].Entry.ID)
		}
		return err
	}
	x, err := OpenForWriting(ctx, location)
	if err != nil {
		return err
	}
	defer x.Close()
	n, err := strconv.Atoi(do)
	if err != nil {
		return err
	}
	for i := range n {
		seed := uint64(len(name))<<32 + uint64(i)
		label := fmt.Sprintf("%s-%d", name, i)
		if _, err := x.Add(ctx, entry(label, name, ""), model(label, small.part(random(seed)), small.part(random(seed+1<<40)))); err != nil {
			return err
		}
		fmt.Println(i)
	}
	return nil
}

func startChild(t *testing.T, location, name, do string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "MODELBOM_INDEX_CHILD="+location, "MODELBOM_INDEX_CHILD_NAME="+name, "MODELBOM_INDEX_CHILD_DO="+do)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// TestWriters: two processes that make and fill one index lose nothing.
func TestWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		const each = 12
		one, a := startChild(t, location, "a", strconv.Itoa(each))
		two, b := startChild(t, location, "bb", strconv.Itoa(each))
		for a.Scan() {
		}
		for b.Scan() {
		}
		if err := one.Wait(); err != nil {
			t.Error(err)
		}
		if err := two.Wait(); err != nil {
			t.Error(err)
		}
		x := openNew(t, location)
		if n := rows(t, x); n["model"] != 2*each || n["content"] != 4*each {
			t.Errorf("%v, want %d models", n, 2*each)
		}
	})
}

// TestHandles: two handles that add and replace the same models at once.
func TestHandles(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		x, y := openNew(t, location), openNew(t, location)
		errs := make(chan error)
		for i, h := range []*Index{x, y} {
			go func() {
				for n := range 10 {
					name := fmt.Sprint(n)
					if _, err := h.Add(context.Background(), entry(name, "", ""), model(name, small.part(random(uint64(n+i))))); err != nil {
						errs <- err
						return
					}
				}
				errs <- nil
			}()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := rows(t, x); n["model"] != 10 || n["part"] != 20 {
			t.Errorf("%v, want 10 models", n)
		}
	})
}

// TestKilled: a process that is killed while it writes leaves whole models only.
func TestKilled(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		r := random(uint64(time.Now().UnixNano()))
		models := 0
		for try := range 6 {
			c, out := startChild(t, location, "victim"+strconv.Itoa(try), "1000")
			seen := 0
			for seen < 1+r.IntN(4) && out.Scan() {
				seen++
			}
			time.Sleep(time.Duration(r.IntN(8000)) * time.Microsecond)
			c.Process.Kill()
			for out.Scan() {
				seen++
			}
			c.Wait()
			x := openNew(t, location)
			n := rows(t, x)
			if n["model"] < models+seen {
				t.Errorf("%d models, after %d were there and %d more were reported", n["model"], models, seen)
			}
			if n["part"] != 3*n["model"] || n["file"] != 2*n["model"] || n["tokenizer"] != n["model"] || n["content"] > 2*n["model"] {
				t.Errorf("half a model: %v", n)
			}
			models = n["model"]
			x.Close()
		}
	})
}

// TestCancelled: an Add whose context ends on the way changes nothing.
func TestCancelled(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		x := openNew(t, location)
		mustAdd(t, x, entry("m", "", ""), model("m", small.part(random(1))))
		before, digest := rows(t, x), mustDigest(t, x)
		big := architecture{hidden: 768, inner: 3072, layers: 60, prefix: "h."}
		m := model("m", big.part(random(2)), big.part(random(3)), big.part(random(4)), big.part(random(5)))
		record, err := newRecord(entry("m", "", ""), m)
		if err != nil {
			t.Fatal(err)
		}
		cancelled := 0
		for wait := 50 * time.Microsecond; wait < 20*time.Second; wait = wait * 3 / 2 {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			err := x.write(ctx, func(s *session) error {
				_, err := s.add(record)
				return err
			})
			cancel()
			if err == nil {
				break
			}
			cancelled++
			if diff := mustDigest(t, x); diff != digest {
				t.Fatalf("cancelled after %v, and the digest changed", wait)
			}
			if n := rows(t, x); n["content"] != before["content"] || n["shape"] != before["shape"] {
				t.Fatalf("cancelled after %v: %v, was %v", wait, n, before)
			}
		}
		if cancelled < 3 {
			t.Errorf("only %d cancelled", cancelled)
		}
		if n := rows(t, x); n["content"] != 4 {
			t.Errorf("in the end: %v", n)
		}
	})
}

// TestReadOnly: an index on storage that cannot be written to is searched.
func TestReadOnly(t *testing.T) {
	dir, err := os.MkdirTemp("", "modelbom-readonly")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	defer os.Chmod(dir, 0o700)
	path := filepath.Join(dir, "index.db")
	x := openNew(t, path)
	mustAdd(t, x, entry("m", "", ""), model("m", small.part(random(1))))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	for _, modes := range [][2]os.FileMode{{0o444, 0o755}, {0o444, 0o555}, {0o666, 0o555}} {
		os.Chmod(path, modes[0])
		os.Chmod(dir, modes[1])
		// Root may write anywhere: nobody runs this.
		program := filepath.Join(dir, "..", filepath.Base(dir)+".test")
		copyFile(t, os.Args[0], program)
		defer os.Remove(program)
		c := exec.Command(program)
		c.Dir = "/"
		c.Env = append(os.Environ(), "MODELBOM_INDEX_CHILD="+path, "MODELBOM_INDEX_CHILD_DO=search")
		unprivileged(c)
		out, err := c.CombinedOutput()
		if err != nil || string(out) != "group/m\n" {
			t.Errorf("file %v in directory %v: %v: %s", modes[0], modes[1], err, out)
		}
		files, _ := os.ReadDir(dir)
		if len(files) != 1 {
			t.Errorf("file %v in directory %v: searching left %v", modes[0], modes[1], files)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}
