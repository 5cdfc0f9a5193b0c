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

// bashCompletion offers commands, those below them, flags, and document formats
// behind the -o of commands that write documents; files everywhere else.
func bashCompletion(app *cli.App) string {
	var b, flags strings.Builder
	var formats []string
	for _, c := range app.Commands {
		if c.Hidden {
			continue
		}
		if writesFormats(c) {
			formats = append(formats, c.Name)
		}
		if len(c.Subcommands) == 0 {
			bashFlags(&flags, c, c.Name)
			continue
		}
		fmt.Fprintf(&flags, "    \"%s %s\") COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return;;\n", c.Name, "$cur", strings.Join(commandNames(c.Subcommands), " "))
		for _, sub := range c.Subcommands {
			bashFlags(&flags, sub, c.Name+" "+sub.Name)
		}
	}
	b.WriteString("_modelbom() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" words=\"\"\n")
	b.WriteString("  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"" + strings.Join(commandNames(app.Commands), " ") + "\" -- \"$cur\"))\n    return\n  fi\n")
	b.WriteString("  case \"${COMP_WORDS[1]} $prev\" in\n")
	for _, name := range formats {
		fmt.Fprintf(&b, "    \"%s -o\"|\"%[1]s --output\") COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return;;\n", name, strings.Join(plainFormats(), " "))
	}
	b.WriteString("  esac\n  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n" + flags.String())
	b.WriteString("  esac\n  case \"$cur\" in -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"));; *) COMPREPLY=($(compgen -f -- \"$cur\"));; esac\n}\n")
	b.WriteString("complete -o filenames -F _modelbom modelbom\n")
	return b.String()
}

// bashFlags sets the flags of a command, which stands at the beginning of a line.
func bashFlags(b *strings.Builder, c *cli.Command, line string) {
	var flags []string
	for _, f := range flagsOf(c) {
		for _, n := range f.Names() {
			flags = append(flags, dashed(n))
		}
	}
	pattern := fmt.Sprintf("\"%s\"", line)
	if !strings.Contains(line, " ") {
		pattern = fmt.Sprintf("\"%s \"*", line)
	}
	fmt.Fprintf(b, "    %s) words=\"%s\";;\n", pattern, strings.Join(flags, " "))
}

// writesFormats reports whether -o takes formats, and not a file alone.
func writesFormats(c *cli.Command) bool {
	for _, f := range c.Flags {
		if _, several := f.(*cli.GenericFlag); several && f.Names()[0] == "output" {
			return true
		}
	}
	return false
}

func commandNames(commands []*cli.Command) []string {
	var names []string
	for _, c := range commands {
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
