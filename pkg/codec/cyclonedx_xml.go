package codec

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

// cyclonedx-go v0.12.0 spells three things in XML that the schemas of 1.5 to 1.7
// spell otherwise, and misses them when it reads a document that is right:
//
//	schema   <datasets><ref>x</ref></datasets>
//	library  <datasets><dataset><ref>x</ref></dataset></datasets>
//
//	schema   <occurrence><location>l</location><additionalContext>c</additionalContext></occurrence>
//	library  <occurrence additionalContext="c"><location>l</location></occurrence>
//
//	schema   <claim><target>part</target></claim>, and all references in declarations
//	library  <claim><target ref="part"></target></claim>
//
// correctXML repairs what it writes, correctedTokens what it reads.

// correctXML works on lines: the encoder begins one for each element and writes
// line ends inside texts as character references. An attribute and a text are
// escaped alike.
func correctXML(w io.Writer, pretty []byte) error {
	var out bytes.Buffer
	out.Grow(len(pretty))
	lines := slices.Collect(bytes.Lines(pretty))
	for i := 0; i < len(lines); i++ {
		line := bytes.TrimSpace(lines[i])
		switch {
		case string(line) == "<dataset>" && i+2 < len(lines) && bytes.HasPrefix(bytes.TrimSpace(lines[i+1]), []byte("<ref>")):
			out.Write(bytes.TrimPrefix(lines[i+1], []byte("  ")))
			i += 2
		case bytes.HasPrefix(line, []byte(`<occurrence additionalContext="`)) && i+1 < len(lines):
			value := line[len(`<occurrence additionalContext="`) : len(line)-len(`">`)]
			indent := lines[i+1][:bytes.IndexByte(lines[i+1], '<')]
			out.Write(bytes.Replace(lines[i], line, []byte("<occurrence>"), 1))
			out.Write(lines[i+1])
			out.WriteString(string(indent) + "<additionalContext>" + string(value) + "</additionalContext>\n")
			i++
		case declared(line) != "":
			out.Write(bytes.Replace(lines[i], line, []byte(declared(line)), 1))
		default:
			out.Write(lines[i])
		}
	}
	_, err := out.WriteTo(w)
	return err
}

// declared writes a reference in declarations as text; it is empty for other
// lines. No other element of these names has an attribute "ref".
func declared(line []byte) string {
	element, rest, found := strings.Cut(strings.TrimPrefix(string(line), "<"), ` ref="`)
	if !found || !refersByText(element) {
		return ""
	}
	ref, end, _ := strings.Cut(rest, `"`)
	if end != "></"+element+">" {
		return ""
	}
	return "<" + element + ">" + ref + "</" + element + ">"
}

func refersByText(element string) bool {
	switch element {
	case "assessor", "claim", "counterClaim", "target", "evidence", "counterEvidence", "mitigationStrategy":
		return true
	}
	return false
}

// correctedTokens turns what the schema says into what the library reads.
type correctedTokens struct {
	tokens xml.TokenReader
	open   []string
	queue  []xml.Token
}

func (c *correctedTokens) Token() (xml.Token, error) {
	if len(c.queue) > 0 {
		t := c.queue[0]
		c.queue = c.queue[1:]
		return t, nil
	}
	t, err := c.tokens.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case xml.StartElement:
		switch {
		case c.inside("datasets") && t.Name.Local == "ref":
			c.open = append(c.open, t.Name.Local)
			c.queue = append(c.queue, t.Copy())
			return xml.StartElement{Name: xml.Name{Space: t.Name.Space, Local: "dataset"}}, nil
		case c.inside("occurrences") && t.Name.Local == "occurrence":
			return c.occurrence(t.Copy())
		case refersByText(t.Name.Local) && c.refers(t.Name.Local):
			return c.reference(t.Copy())
		}
		c.open = append(c.open, t.Name.Local)
	case xml.EndElement:
		if c.open = c.open[:max(len(c.open)-1, 0)]; c.inside("datasets") && t.Name.Local == "ref" {
			c.queue = append(c.queue, xml.EndElement{Name: xml.Name{Space: t.Name.Space, Local: "dataset"}})
		}
	}
	return t, nil
}

func (c *correctedTokens) inside(element string) bool {
	return len(c.open) > 0 && c.open[len(c.open)-1] == element
}

// refers reports whether an element here is a reference of declarations, and not
// what is referred to.
func (c *correctedTokens) refers(element string) bool {
	switch element {
	case "assessor":
		return c.inside("attestation")
	case "claim":
		return c.inside("claims") && len(c.open) > 1 && c.open[len(c.open)-2] == "map"
	case "counterClaim":
		return c.inside("counterClaims")
	case "mitigationStrategy":
		return c.inside("mitigationStrategies")
	}
	return c.inside("claim")
}

// reference makes an attribute of the text of an element, as long as it holds
// nothing else.
func (c *correctedTokens) reference(start xml.StartElement) (xml.Token, error) {
	var kept []xml.Token
	var text strings.Builder
	for range maxOccurrence {
		t, err := c.tokens.Token()
		if err != nil {
			return nil, err
		}
		t = xml.CopyToken(t)
		kept = append(kept, t)
		switch x := t.(type) {
		case xml.CharData:
			text.Write(x)
		case xml.EndElement:
			start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "ref"}, Value: text.String()})
			c.queue = kept[len(kept)-1:]
			return start, nil
		case xml.StartElement:
			c.open = append(c.open, start.Name.Local, x.Name.Local)
			c.queue = kept
			return start, nil
		}
	}
	c.open = append(c.open, start.Name.Local)
	c.queue = kept
	return start, nil
}

// maxOccurrence bounds the tokens of one occurrence: five elements, each with
// its text, its end and the space around.
const maxOccurrence = 64

// occurrence reads one occurrence whole and makes attributes of its elements,
// except the location. An occurrence that is longer than any that is valid is
// handed on as it is.
func (c *correctedTokens) occurrence(start xml.StartElement) (xml.Token, error) {
	var kept []xml.Token
	var field string
	var text strings.Builder
	depth := 0
	for range maxOccurrence {
		t, err := c.tokens.Token()
		if err != nil {
			return nil, err
		}
		t = xml.CopyToken(t)
		switch x := t.(type) {
		case xml.StartElement:
			if depth++; depth == 1 && x.Name.Local != "location" {
				field = x.Name.Local
				text.Reset()
			}
		case xml.CharData:
			if field != "" {
				text.Write(x)
			}
		case xml.EndElement:
			if depth--; depth < 0 {
				c.queue = append(kept, t)
				return start, nil
			}
			if depth == 0 && field != "" {
				start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: field}, Value: text.String()})
				field = ""
				continue
			}
		}
		if field == "" {
			kept = append(kept, t)
		}
	}
	c.open = append(c.open, start.Name.Local)
	for range depth { // elements that are still open
		c.open = append(c.open, "")
	}
	c.queue = kept
	return start, nil
}
