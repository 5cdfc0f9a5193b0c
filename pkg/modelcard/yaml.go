package modelcard

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	// maxYAMLValues bounds the values of a YAML document after its aliases
	// were replaced by what they stand for. The largest front matter seen,
	// that of embedding models with some hundred evaluation results, has about
	// 40,000.
	maxYAMLValues = 1 << 17
	// maxMarks bounds the characters that can begin a value: every one can cost
	// the parser 1.4 kB. Front matter of 40,000 values has about 90,000.
	maxMarks = 1 << 17
	// maxMerges bounds how deep one merge key ("<<") may lead to others.
	maxMerges = 8
)

// readYAML decodes one YAML document. Scalars keep the text as written and are
// strings here, but for null: what "no" or "1.0" mean is not decided.
func readYAML(n *notes, data []byte) (*value, error) {
	data = fewMarks(n, data)
	if isBlank(data) {
		return &value{}, nil
	}
	data = printable(n, data)
	var root yaml.Node
	limits := loaderlimits.New(loaderlimits.DepthValue(maxDepth))
	err := yaml.Load(data, &root, yaml.WithPlugin(limits))
	if len(root.Content) == 0 {
		if err != nil {
			return nil, fmt.Errorf("read YAML: %w", err)
		}
		return &value{}, nil
	}
	if err != nil {
		n.add("", "read YAML: %v", err)
	}
	c := converter{notes: n}
	v, err := c.convert(root.Content[0], "", 0)
	if err != nil {
		n.add("", "read YAML up to an error: %v", err)
	}
	return &v, nil
}

// isBlank reports whether there is nothing but white space and comments.
func isBlank(data []byte) bool {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// fewMarks returns data, or, of data with too many marks, what stands before the
// last line of the outermost mapping that fits.
func fewMarks(n *notes, data []byte) []byte {
	marks, end := 0, 0
	for i, c := range data {
		switch c {
		case '\n', ',', ':', '?', '[', '{', '-':
			marks++
		}
		if marks > maxMarks {
			n.add("", "the front matter has more than %d values or lines; only its beginning is read", maxMarks)
			return data[:end]
		}
		if c == '\n' && i+1 < len(data) && isKeyStart(data[i+1]) {
			end = i + 1
		}
	}
	return data
}

func isKeyStart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '"' || c == '\''
}

// printable replaces bytes that YAML 1.2.2, section 5.1, does not allow, so
// that one of them does not cost the whole document.
func printable(n *notes, data []byte) []byte {
	bad := func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t' || 0x7F <= r && r < 0xA0 && r != 0x85 || r == 0xFFFE || r == 0xFFFF
	}
	text := string(data)
	if utf8.ValidString(text) && strings.IndexFunc(text, bad) < 0 {
		return data
	}
	n.add("", "the text holds bytes that are not text; they were replaced")
	return []byte(strings.Map(func(r rune) rune {
		if bad(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
}

var errNoAlias = errors.New("an alias that leads nowhere")

// A converter turns YAML nodes into values and replaces aliases.
type converter struct {
	notes  *notes
	values int
}

// convert returns node as a value. Together with an error it returns what fitted
// the limits. The depth bound also ends an alias that contains itself.
func (c *converter) convert(node *yaml.Node, key string, depth int) (value, error) {
	if c.values++; c.values > maxYAMLValues {
		return value{}, fmt.Errorf("more than %d values", maxYAMLValues)
	}
	if depth > maxDepth {
		return value{}, errTooDeep
	}
	switch node.Kind {
	case yaml.AliasNode:
		if node.Alias == nil {
			return value{}, errNoAlias
		}
		return c.convert(node.Alias, key, depth+1)
	case yaml.SequenceNode:
		return c.sequence(node, key, depth)
	case yaml.MappingNode:
		v := value{kind: object}
		err := c.mapping(&v, node, key, depth)
		return v, err
	}
	if node.ShortTag() == "!!null" && node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
		return value{}, nil
	}
	return value{kind: text, text: node.Value}, nil
}

func (c *converter) sequence(node *yaml.Node, key string, depth int) (value, error) {
	v := value{kind: array}
	for i, item := range node.Content {
		child, err := c.convert(item, fmt.Sprintf("%s[%d]", key, i), depth+1)
		v.members = append(v.members, member{value: child})
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

func (c *converter) mapping(v *value, node *yaml.Node, key string, depth int) error {
	var merges []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		k := node.Content[i]
		if k.Kind != yaml.ScalarNode {
			c.notes.add(key, "a key that is not a single value, in line %d", k.Line)
			continue
		}
		if k.Value == "<<" && k.ShortTag() == "!!merge" {
			merges = append(merges, node.Content[i+1])
			continue
		}
		at := joinKey(key, k.Value)
		child, err := c.convert(node.Content[i+1], at, depth+1)
		if !v.put(k.Value, child) {
			c.notes.add(at, "the key is given more than once; the last value counts")
		}
		if err != nil {
			return err
		}
	}
	for _, m := range merges {
		if err := c.merge(v, m, key, depth+1, 0); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the members of another mapping, or of a list of them, that v does
// not have itself.
func (c *converter) merge(v *value, node *yaml.Node, key string, depth, merges int) error {
	if merges > maxMerges {
		return fmt.Errorf("merge keys lead to each other more than %d times", maxMerges)
	}
	if node == nil {
		return errNoAlias
	}
	switch node.Kind {
	case yaml.AliasNode:
		return c.merge(v, node.Alias, key, depth, merges+1)
	case yaml.SequenceNode:
		for _, item := range node.Content {
			if err := c.merge(v, item, key, depth, merges+1); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		other, err := c.convert(node, key, depth)
		for i := range other.members {
			m := &other.members[i]
			if _, ok := v.find(m.key); !ok {
				v.put(m.key, m.value)
			}
		}
		return err
	default:
		c.notes.add(key, "a merge key whose value is not a mapping")
	}
	return nil
}
