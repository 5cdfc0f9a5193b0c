//go:build !unix

package source

import "os"

// readOnly opens for reading. These systems have no pipes in folders.
const readOnly = os.O_RDONLY
