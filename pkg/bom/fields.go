package bom

import "strings"

// JoinFields makes one value of several fields, for properties that hold more
// than a word. Fields are separated by " | ", a "|" or "\" inside a field is
// written "\|" or "\\", and empty fields at the end are left out:
//
//	JoinFields("bound", "", `a|b`, "")  // `bound |  | a\|b`
//
// docs/properties.md lists the properties with their fields. [SplitFields] is the
// way back.
func JoinFields(fields ...string) string {
	for len(fields) > 0 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	escaped := make([]string, len(fields))
	for i, f := range fields {
		if escaped[i] = f; strings.ContainsAny(f, `\|`) { // building a replacer is dear, and few fields need one
			escaped[i] = strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(f)
		}
	}
	return strings.Join(escaped, " | ")
}

// SplitFields undoes [JoinFields]. It returns n fields, the last of which holds
// what is too much and those that are not there being empty; with n below 1 it
// returns all that there are.
//
// Values that others wrote or changed are read as far as they can be. A bar
// separates where it stands between spaces or at an end, so that the empty field
// of "a | | b" is one although a space was lost; any other is part of the text,
// and so is a backslash before anything but a bar or a backslash.
func SplitFields(s string, n int) []string {
	fields := make([]string, 0, max(n, 1))
	var field []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '|' || s[i+1] == '\\'):
			i++
			field = append(field, s[i])
		case c == '|' && len(fields) != n-1 && separates(s, i):
			if len(field) > 0 { // else the space before is the one behind the bar before
				field = field[:len(field)-1]
			}
			fields, field = append(fields, string(field)), nil
			i++
		default:
			field = append(field, c)
		}
	}
	fields = append(fields, string(field))
	for len(fields) < n {
		fields = append(fields, "")
	}
	return fields
}

// separates reports whether the bar at i stands between spaces or at an end.
func separates(s string, i int) bool {
	return (i == 0 || s[i-1] == ' ') && (i+1 == len(s) || s[i+1] == ' ')
}
