package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// version, commit and date are set by the release build with -ldflags -X. The
// date is the commit's, in RFC 3339: the time of a build would make every build
// another file.
var version, commit, date string

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(c *cli.Context) error {
			if err := noArgument(c, c.Args().Slice()); err != nil {
				return err
			}
			line := "modelbom " + buildVersion()
			if r := buildOrigin(); r != "" {
				line += " (" + r + ")"
			}
			_, err := fmt.Fprintf(c.App.Writer, "%s %s %s/%s\n", line, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// buildVersion is the release version, else the module version that "go
// install" noted, else "devel". It enters documents, so it is spelled the same
// however the program was built; the commit and its time stay out of them.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

// buildOrigin says which source the program was built from, "" where nothing is
// known.
func buildOrigin() string {
	if commit != "" {
		return joinNonEmpty(shortCommit(commit), date)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return moduleOrigin(info)
}

// moduleOrigin reads what the go command recorded: the commit and its time for a
// build in a checkout. "go install" of a module version records no commit; a
// pseudo-version has both in its name, and of a tag the digest of the module
// names the source.
func moduleOrigin(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if revision := settings["vcs.revision"]; revision != "" {
		modified := ""
		if settings["vcs.modified"] == "true" {
			modified = "modified"
		}
		return joinNonEmpty(shortCommit(revision), settings["vcs.time"], modified)
	}
	if revision, at := pseudoVersion(info.Main.Version); revision != "" {
		return joinNonEmpty(revision, at)
	}
	if info.Main.Sum != "" {
		return "module " + info.Main.Sum
	}
	return ""
}

// pseudoVersion takes the commit and its time out of a version such as
// v0.0.0-20261124130904-93e343f0123a (the Go modules reference,
// "Pseudo-versions").
func pseudoVersion(v string) (revision, at string) {
	v, _, _ = strings.Cut(v, "+")
	i := strings.LastIndexByte(v, '-')
	if i < 0 || len(v)-i-1 != shortLength {
		return "", ""
	}
	rest, revision := v[:i], v[i+1:]
	if len(rest) < len(pseudoTime) || strings.Trim(revision, "0123456789abcdef") != "" {
		return "", ""
	}
	t, err := time.Parse(pseudoTime, rest[len(rest)-len(pseudoTime):])
	if err != nil {
		return "", ""
	}
	return revision, t.Format(time.RFC3339)
}

// shortLength is the number of hexadecimal digits that pseudo-versions give of a
// commit.
const shortLength = 12

const pseudoTime = "20060102150405"

func shortCommit(revision string) string {
	return revision[:min(len(revision), shortLength)]
}

func joinNonEmpty(words ...string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}
