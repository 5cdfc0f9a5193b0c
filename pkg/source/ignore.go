package source

import (
	"path"
	"strings"
)

// downloadFolder is where the hub's command line keeps its books when it
// downloads into a folder.
const downloadFolder = ".cache/huggingface"

// ignoredFolder returns why a folder is left out on purpose, empty when it is
// not. Only folders that tools make for themselves are here, never a kind of
// content: what is left out is not hashed.
func ignoredFolder(p string) reason {
	switch path.Base(p) {
	case ".git", ".hg", ".svn":
		return "version control"
	case ".ipynb_checkpoints":
		return "notebook checkpoints"
	case "__pycache__":
		return "compiled Python code"
	}
	if p == downloadFolder {
		return "download bookkeeping"
	}
	return ""
}

// ignoredFile does the same for a regular file.
func ignoredFile(p string) reason {
	if path.Base(p) == ".DS_Store" {
		return "desktop bookkeeping"
	}
	return ""
}

// isGitFile recognises the file ".git" that stands for the folder in a work
// tree or submodule. It names a place of the host, so two copies of one
// repository would differ by it.
func isGitFile(p string, content []byte) bool {
	return path.Base(p) == ".git" && strings.HasPrefix(string(content), "gitdir: ")
}

// insideIgnored reports whether one of the folders around p is left out.
func insideIgnored(p string) bool {
	for i := range len(p) {
		if p[i] == '/' && ignoredFolder(p[:i]) != "" {
			return true
		}
	}
	return false
}
