package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// A list is the value of a flag that may be given several times. The library's
// own takes a comma for the end of a value, and names of files can have one.
type list []string

// Set adds a value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func (l *list) String() string { return strings.Join(*l, " ") }

// repeatable makes a flag that may be given several times.
func repeatable(name, usage string, aliases ...string) cli.Flag {
	return &cli.GenericFlag{Name: name, Aliases: aliases, Usage: usage, Value: new(list)}
}

// listed are the values of such a flag.
func listed(c *cli.Context, name string) []string {
	l, ok := c.Generic(name).(*list)
	if !ok {
		return nil
	}
	return *l
}
