package codec

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	spdxreader "github.com/spdx/tools-golang/spdx/v2/v2_3/tagvalue/reader"
	"github.com/spdx/tools-golang/tagvalue/reader"

	"github.com/modelbom/modelbom/pkg/bom"
)

// maxTags bounds the tags of a document; a document of 20,000 files has about
// 300,000. How many of them may begin a package or a file is maxSPDXElements.
const maxTags = 8_000_000

// decodeSPDX2TagValue cuts the text into tags itself and leaves their meaning
// to the library, whose own scanner ends at a line of 64 kB and takes quadratic
// time for a long text. The tags of 2.2 are all in 2.3.
func decodeSPDX2TagValue(data []byte) (*bom.Document, []Loss, error) {
	pairs, err := readTags(data)
	if err != nil {
		return nil, nil, err
	}
	doc, err := parseTags(pairs)
	if err != nil {
		return nil, nil, err
	}
	return readSPDX2(doc, spdxTagValue{}.Name())
}

func parseTags(pairs []reader.TagValuePair) (doc *v2_3.Document, err error) {
	defer guard(&err)
	doc, err = spdxreader.ParseTagValues(pairs)
	if err == nil && doc == nil {
		err = fmt.Errorf("no tags")
	}
	return doc, err
}

// readTags reads "Tag: value" lines; a value that begins with "<text>" goes on
// to the first "</text>" (SPDX 2.3, clause 6.1 and annex on tag-value).
func readTags(data []byte) ([]reader.TagValuePair, error) {
	var pairs []reader.TagValuePair
	elements := 0
	for line := 1; len(data) > 0; {
		var head []byte
		if head, data = nextLine(data); ignorable(head) {
			line++
			continue
		}
		tag, value, ok := bytes.Cut(head, []byte(":"))
		if !ok {
			return nil, fmt.Errorf("line %d: no tag: %q", line, shorten(head))
		}
		line++
		text := string(bytes.TrimSpace(value))
		if start, ok := bytes.CutPrefix(bytes.TrimLeft(value, " \t"), []byte("<text>")); ok {
			var more int
			if text, more, data, ok = readText(start, data); !ok {
				return nil, fmt.Errorf("line %d: <text> without </text>", line-1)
			}
			line += more
		}
		pair := reader.TagValuePair{Tag: string(bytes.TrimSpace(tag)), Value: text}
		if pair.Tag == "PackageName" || pair.Tag == "FileName" || pair.Tag == "SnippetSPDXID" {
			elements++
		}
		if len(pairs) == maxTags || elements > maxSPDXElements {
			return nil, fmt.Errorf("line %d: more than %d tags or %d packages and files", line, maxTags, maxSPDXElements)
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

func nextLine(data []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(data, []byte("\n"))
	return line, rest
}

func ignorable(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// readText returns the text that begins with start and goes on in data, how
// many further lines it takes, and what is left behind its last line.
func readText(start, data []byte) (text string, lines int, rest []byte, ok bool) {
	end := []byte("</text>")
	if whole, _, ok := bytes.Cut(start, end); ok {
		return string(whole), 0, data, true
	}
	i := bytes.Index(data, end)
	if i < 0 {
		return "", 0, nil, false
	}
	body := strings.ReplaceAll(string(start)+"\n"+string(data[:i]), "\r\n", "\n")
	_, rest = nextLine(data[i+len(end):])
	return body, bytes.Count(data[:i], []byte("\n")) + 1, rest, true
}

// shorten keeps an error message to one line of sane length.
func shorten(line []byte) []byte { return line[:min(len(line), 80)] }
