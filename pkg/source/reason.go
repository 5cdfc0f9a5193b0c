package source

import (
	"errors"
	"io/fs"
)

// A reason is why a file is listed and cannot be opened. Reasons are fixed
// words and never the system's: the same repository gives the same text on
// every system, and nothing of the host gets into it.
type reason string

const (
	leadsOut     reason = "link leads out of the repository"
	linkCycle    reason = "link cycle"
	linkTooLong  reason = "link passes through too many folders"
	linkToFolder reason = "link to a directory, not followed"
	linkDangling reason = "link leads to nothing"
	noPermission reason = "permission denied"
	vanished     reason = "vanished while it was looked at"
	notReadable  reason = "cannot be read"
	tooDeep      reason = "nested too deeply"

	// The rest is said by Open only.
	notListed   reason = "no such file in the repository"
	pointerOnly reason = "content is not there, only a pointer to it"
)

func (r reason) Error() string { return string(r) }

// Is makes a reason match the errors of package fs that mean the same.
func (r reason) Is(target error) bool {
	switch r {
	case noPermission:
		return target == fs.ErrPermission
	case vanished, notListed, pointerOnly:
		return target == fs.ErrNotExist
	}
	return false
}

// reasonFor puts an error of the system into our words.
func reasonFor(err error) reason {
	var r reason
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, fs.ErrPermission):
		return noPermission
	case errors.Is(err, fs.ErrNotExist):
		return vanished
	}
	return notReadable
}

// notRegular is the reason for what is neither a folder, a link nor a file.
func notRegular(mode fs.FileMode) reason {
	return reason("not a regular file (" + kindOf(mode) + ")")
}

// kindOf names what a file is that is not regular.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
