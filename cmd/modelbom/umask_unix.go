//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// umask reads the process's file mode mask. It can only be read by setting it;
// nothing else in this process creates files at that moment.
func umask() os.FileMode {
	mask := unix.Umask(0)
	unix.Umask(mask)
	return os.FileMode(mask)
}
