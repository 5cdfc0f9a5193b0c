package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

var stringSlice = reflect.TypeFor[[]string]()

// parameterKinds are the types that a parameter can have.
func parameterKinds() []string { return []string{"string", "int", "double", "bool", "list", "date"} }

// celType is the type that expressions see.
func celType(kind string) string {
	switch kind {
	case "list":
		return "list(string)"
	case "date":
		return "timestamp"
	}
	return kind
}

// fieldName is what expressions call a parameter: with "_" for "-".
func fieldName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// valueOf reads the text of a parameter.
func valueOf(kind, text string) (any, error) {
	text = strings.TrimSpace(text)
	switch kind {
	case "int":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		return nil, fmt.Errorf("%q is no whole number", text)
	case "double":
		if f, err := strconv.ParseFloat(text, 64); err == nil && f-f == 0 {
			return f, nil
		}
		return nil, fmt.Errorf("%q is no number", text)
	case "bool":
		if text == "true" || text == "false" {
			return text == "true", nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", text)
	case "date":
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			return t, nil
		}
		return nil, fmt.Errorf("%q is no day; write YYYY-MM-DD", text)
	case "list":
		return values{"": text}.list(""), nil
	}
	return text, nil
}

// apply makes the values that expressions see: those that are given, over the
// defaults. A parameter without either is not there.
func (p *Custom) apply(given map[string]string) (map[string]any, error) {
	out := map[string]any{}
	for _, x := range p.params {
		text, ok := given[x.Name]
		switch {
		case ok:
			v, err := valueOf(x.kind, text)
			if err != nil {
				return nil, fmt.Errorf("parameter %q: %w", x.Name, err)
			}
			out[fieldName(x.Name)] = v
		case x.set:
			out[fieldName(x.Name)] = x.given
		}
	}
	for name, v := range out {
		if list, ok := v.([]string); ok && list == nil {
			out[name] = []string{}
		}
	}
	return out, nil
}

// used are the parameters that a check is made with.
func (p *Custom) used(given map[string]string) []bom.Property {
	var out []bom.Property
	for _, x := range p.Parameters() {
		value, ok := given[x.Name]
		if !ok {
			value = x.Default
		}
		out = append(out, bom.Property{Name: x.Name, Value: clean(value)})
	}
	slices.SortFunc(out, func(a, b bom.Property) int { return strings.Compare(a.Name, b.Name) })
	return out
}
