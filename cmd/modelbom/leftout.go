package main

import (
	"os"
	"path/filepath"
)

// leftOut are the files of a repository that are no part of it, with the reason:
// the reference indexes that the command was told to use. They are told by their
// place. A file that merely looks like an index may be what somebody publishes,
// and what is left out is not hashed.
func leftOut(ref string, indexes []string) map[string]string {
	out := map[string]string{}
	for _, location := range indexes {
		if _, err := os.Stat(location); err != nil {
			continue // a URL, or not there yet
		}
		for _, name := range inside(ref, location) {
			out[name] = "the reference index of this run, which is no part of the model"
			// SQLite's own (Write-ahead Logging, 2.3; Temporary Files, 2.1): they come
			// and go while the index is open.
			for _, suffix := range []string{"-wal", "-shm", "-journal"} {
				out[name+suffix] = ""
			}
		}
	}
	return out
}

// inside are the names that a file has in a folder: that of its place, and that
// of the link by which it was named.
func inside(folder, file string) []string {
	var names []string
	for _, f := range []string{file, place(file)} {
		for _, root := range []string{folder, place(folder)} {
			rootPath, err := filepath.Abs(root)
			if err != nil {
				continue
			}
			path, err := filepath.Abs(f)
			if err != nil {
				continue
			}
			if name, err := filepath.Rel(rootPath, path); err == nil && filepath.IsLocal(name) && name != "." {
				names = append(names, filepath.ToSlash(name))
			}
		}
	}
	return names
}
