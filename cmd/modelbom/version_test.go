package main

import (
	"runtime/debug"
	"testing"
)

func TestModuleOrigin(t *testing.T) {
	checkout := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "-trimpath", Value: "true"}, {Key: "vcs", Value: "git"},
			{Key: "vcs.revision", Value: "93e343f0123a4567890123456789012345678901"},
			{Key: "vcs.time", Value: "2026-11-24T13:09:04Z"}, {Key: "vcs.modified", Value: modified}}
	}
	for _, c := range []struct {
		name, version, sum string
		settings           []debug.BuildSetting
		want               string
	}{
		{"a clean checkout", "(devel)", "", checkout("false"), "93e343f0123a, 2026-11-24T13:09:04Z"},
		{"a changed checkout", "v0.1.0+dirty", "", checkout("true"), "93e343f0123a, 2026-11-24T13:09:04Z, modified"},
		{"go install of a branch", "v0.0.0-20261124130904-93e343f0123a", "h1:sum=", nil, "93e343f0123a, 2026-11-24T13:09:04Z"},
		{"a pseudo-version behind a tag", "v1.2.4-0.20261124130904-93e343f0123a", "h1:sum=", nil, "93e343f0123a, 2026-11-24T13:09:04Z"},
		{"a pseudo-version behind a pre-release", "v1.2.4-rc.1.0.20261124130904-93e343f0123a+incompatible", "", nil, "93e343f0123a, 2026-11-24T13:09:04Z"},
		{"go install of a tag", "v1.2.3", "h1:sum=", nil, "module h1:sum="},
		{"a pre-release that looks alike", "v1.2.3-20261324130904-93e343f0123a", "h1:sum=", nil, "module h1:sum="},
		{"another one", "v1.2.3-rc1-abcdefabcdef", "", nil, ""},
		{"nothing known", "(devel)", "", nil, ""},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.version, Sum: c.sum}, Settings: c.settings}
		if got := moduleOrigin(info); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
