package index

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultPath is where a user's own index is: modelbom/index.db in the directory
// for data of applications. That is $XDG_DATA_HOME or ~/.local/share (XDG Base
// Directory Specification 0.8), ~/Library/Application Support on macOS and
// %LocalAppData% on Windows.
func DefaultPath() (string, error) {
	dir, err := dataDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "modelbom", "index.db"), nil
}

func dataDir(system string, getenv func(string) string, home func() (string, error)) (string, error) {
	if system == "windows" {
		if dir := getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
		return "", errors.New("no place for the index: %LocalAppData% is not set")
	}
	// The specification has relative paths ignored.
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) && system != "darwin" {
		return dir, nil
	}
	user, err := home()
	if err != nil {
		return "", errors.New("no place for the index: the home directory is not known")
	}
	if system == "darwin" {
		return filepath.Join(user, "Library", "Application Support"), nil
	}
	return filepath.Join(user, ".local", "share"), nil
}
