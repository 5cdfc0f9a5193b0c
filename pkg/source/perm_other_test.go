//go:build unix && !linux

package source

import "errors"

func mknodZero(string) error { return errors.ErrUnsupported }
