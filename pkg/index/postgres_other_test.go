//go:build !unix

package index

import "os/exec"

func unprivileged(*exec.Cmd) {}

func giveAway(string) error { return nil }
