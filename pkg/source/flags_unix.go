//go:build unix

package source

import (
	"os"
	"syscall"
)

// readOnly opens for reading. Should a pipe have taken the place of the file,
// O_NONBLOCK returns at once where the open would else wait for a writer. It
// means nothing to a regular file.
const readOnly = os.O_RDONLY | syscall.O_NONBLOCK
