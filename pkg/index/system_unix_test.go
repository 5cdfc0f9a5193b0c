//go:build unix

package index

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// nobody is the user and group of tests that need one without rights, when they
// are run by root: PostgreSQL refuses to serve root. The number needs no entry in
// the user database for anything but initdb, and every system has this one.
const nobody = 65534

// unprivileged has a command run by nobody, when it is root that would run it.
func unprivileged(c *exec.Cmd) {
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// giveAway lets unprivileged commands write to a directory or file.
func giveAway(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, nobody, nobody)
}

// cpuTime is what this process has used of processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
