package codec

import "fmt"

// Limits on JSON documents of strangers, checked before a byte is decoded: a
// package of three bytes ("{},") becomes half a kilobyte in the library's
// structures, so the size of the file bounds nothing.
const (
	// maxSPDXNesting is in brackets. SPDX 2.3 needs eight; SPDX 3 lets objects
	// stand inside objects, which in practice is three deep.
	maxSPDXNesting = 128
	// maxSPDXElements bounds packages, files and other large objects.
	maxSPDXElements = 1_000_000
	// maxSPDXObjects bounds all objects: checksums, relationships, annotations.
	maxSPDXObjects = 8_000_000
)

// checkSPDXJSON walks over the brackets of a JSON text, well formed or not, and
// checks the limits. encoding/json tells what is wrong with the rest.
func checkSPDXJSON(data []byte) error {
	var lists []bool // of the open brackets, whether they list large objects
	elements, objects := 0, 0
	last := "" // the string before a bracket: its name
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := endOfString(data, i)
			if end < 0 {
				return fmt.Errorf("at byte %d: %w", i, errQuote)
			}
			last, i = string(data[i+1:min(end, i+32)]), end
			continue
		case '[':
			lists = append(lists, largeSPDXObjects(last))
		case '{':
			objects++
			if len(lists) > 0 && lists[len(lists)-1] {
				elements++
			}
			lists = append(lists, false)
		case ']', '}':
			lists = lists[:max(len(lists)-1, 0)]
		default:
			continue
		}
		last = ""
		switch {
		case len(lists) > maxSPDXNesting:
			return fmt.Errorf("at byte %d: nested deeper than %d levels", i, maxSPDXNesting)
		case elements > maxSPDXElements || objects > maxSPDXObjects:
			return fmt.Errorf("at byte %d: more than %d packages and files or %d objects", i, maxSPDXElements, maxSPDXObjects)
		}
	}
	return nil
}

// largeSPDXObjects tells the lists whose objects take much memory.
func largeSPDXObjects(list string) bool {
	switch list {
	case "packages", "files", "snippets", "hasExtractedLicensingInfos":
		return true
	}
	return false
}
