package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Usage:       "print a completion script for a shell",
		ArgsUsage:   "bash|zsh|fish",
		UsageText:   "modelbom completion bash|zsh|fish",
		Description: "For bash, for example: source <(modelbom completion bash)",
		Action: func(c *cli.Context) error {
			shell, err := oneArgument(c, "a shell: bash, zsh or fish")
			if err != nil {
				return err
			}
			script, err := completionScript(c.App, shell)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.App.Writer, script)
			return err
		},
	}
}

func completionScript(app *cli.App, shell string) (string, error) {
	switch shell {
	case "bash":
		return bashCompletion(app), nil
	case "zsh":
		return "#compdef modelbom\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion(app) + zshFirst, nil
	case "fish":
		return fishCompletion(app), nil
	}
	return "", hint(fmt.Errorf("no completion for %q", shell), "the shells are bash, zsh and fish")
}

// zshFirst answers the key press that made zsh load the file from its folder of
// completions: the function by which it was loaded has the same name and is
// replaced by what stands above.
const zshFirst = "if [ \"${funcstack[1]:-}\" = _modelbom ]; then _bash_complete -o filenames -F _modelbom; fi\n"

// bashCompletion offers commands, flags, and document formats behind -o; files
// everywhere else.
func bashCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("_modelbom() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" words=\"\"\n")
	b.WriteString("  case \"$prev\" in -o|--output) COMPREPLY=($(compgen -W \"" + strings.Join(plainFormats(), " ") + "\" -- \"$cur\")); return;; esac\n")
	b.WriteString("  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"" + strings.Join(commandNames(app), " ") + "\" -- \"$cur\"))\n    return\n  fi\n")
	b.WriteString("  case \"${COMP_WORDS[1]}\" in\n")
	for _, c := range app.Commands {
		var flags []string
		for _, f := range c.Flags {
			for _, n := range f.Names() {
				flags = append(flags, dashed(n))
			}
		}
		fmt.Fprintf(&b, "    %s) words=\"%s\";;\n", c.Name, strings.Join(append(flags, "--help"), " "))
	}
	b.WriteString("  esac\n  case \"$cur\" in -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"));; *) COMPREPLY=($(compgen -f -- \"$cur\"));; esac\n}\n")
	b.WriteString("complete -o filenames -F _modelbom modelbom\n")
	return b.String()
}

func commandNames(app *cli.App) []string {
	var names []string
	for _, c := range app.Commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// plainFormats are the format names with each version spelled out.
func plainFormats() []string {
	var out []string
	for _, name := range formatNames() {
		base, versions, ok := strings.Cut(strings.TrimSuffix(name, "]"), "[@")
		out = append(out, base)
		if ok {
			for v := range strings.SplitSeq(versions, "|@") {
				out = append(out, base+"@"+v)
			}
		}
	}
	return out
}
