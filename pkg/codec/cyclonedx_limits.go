package codec

import (
	"encoding/xml"
	"errors"
	"fmt"
)

// Limits on documents of strangers, checked before a byte is decoded into the
// library's structures. A component of three bytes ("{},") becomes half a
// kilobyte there, so the size of the file alone bounds nothing.
const (
	// maxNesting is in brackets or elements. A component inside a component
	// costs two; documents that occur nest a handful of components.
	maxNesting = 256
	// maxHeavy bounds components, services, vulnerabilities and whatever else
	// is not known to be small: at half a kilobyte each, about 1 GB with the
	// growth of the slices.
	maxHeavy = 1_000_000
	// maxLight bounds objects that are known to be small: properties, hashes,
	// dependencies.
	maxLight = 8_000_000
)

var (
	errNesting = fmt.Errorf("nested deeper than %d levels", maxNesting)
	errObjects = fmt.Errorf("more than %d components or %d small objects", maxHeavy, maxLight)
	errQuote   = errors.New("a string has no end")
)

// light reports whether the objects of a list of that name are small.
func light(list string) bool {
	switch list {
	case "properties", "hashes", "licenses", "externalReferences", "dependencies", "methods", "occurrences", "inputs", "outputs", "performanceMetrics", "datasets",
		"property", "hash", "license", "reference", "dependency", "method", "occurrence", "input", "output", "performanceMetric", "dataset":
		return true
	}
	return false
}

// A nest counts what is open and what was seen.
type nest struct {
	lists        []string // names of the open lists and objects
	heavy, small int
}

func (n *nest) open(list string) error {
	if n.lists = append(n.lists, list); len(n.lists) > maxNesting {
		return errNesting
	}
	return nil
}

func (n *nest) close() {
	if len(n.lists) > 0 {
		n.lists = n.lists[:len(n.lists)-1]
	}
}

// object counts an object of the innermost open list.
func (n *nest) object(list string) error {
	if light(list) {
		n.small++
	} else {
		n.heavy++
	}
	if n.heavy > maxHeavy || n.small > maxLight {
		return errObjects
	}
	return nil
}

// checkJSON walks over the brackets of a JSON text, well formed or not, and
// checks the limits. encoding/json tells what is wrong with the rest.
func checkJSON(data []byte) error {
	var n nest
	var last string // the string before the bracket: the list's name
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := endOfString(data, i)
			if end < 0 {
				return fmt.Errorf("at byte %d: %w", i, errQuote)
			}
			last, i = string(data[i+1:min(end, i+32)]), end
		case '[':
			if err := n.open(last); err != nil {
				return err
			}
		case '{':
			list := ""
			if len(n.lists) > 0 {
				list = n.lists[len(n.lists)-1]
			}
			if err := errors.Join(n.object(list), n.open("")); err != nil {
				return err
			}
			last = ""
		case ']', '}':
			n.close()
		}
	}
	return nil
}

// endOfString returns the place of the quotation mark that ends the string
// starting at i, or -1.
func endOfString(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// limitedTokens checks the limits on the tokens of an XML text. It hands on raw
// tokens: the decoder above matches tags and resolves namespaces.
type limitedTokens struct {
	decoder *xml.Decoder
	nest    nest
}

func (l *limitedTokens) Token() (xml.Token, error) {
	t, err := l.decoder.RawToken()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case xml.StartElement:
		list := t.Name.Local
		if !cdxStructure(list) {
			list = "property" // text: small
		}
		if err := errors.Join(l.nest.object(list), l.nest.open(list)); err != nil {
			return nil, err // with a token, the decoder would ignore the error
		}
	case xml.EndElement:
		l.nest.close()
	}
	return t, nil
}

// cdxStructure reports whether an XML element becomes one of the large
// structures.
func cdxStructure(element string) bool {
	switch element {
	case "component", "service", "vulnerability", "annotation", "formula", "workflow", "task", "standard", "tool", "patent", "attestation", "claim":
		return true
	}
	return false
}
