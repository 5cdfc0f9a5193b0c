package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// An htmlWriter writes HTML so that no text of a document can become part of it.
// Elements and attributes stand in literals, which only constants are; all else
// is escaped on its way out, or checked if it is an address. Nothing is ever
// written into a script, a style or the name of something, so one way to escape
// does for the text between tags and for attributes in quotes. Tests read the
// literals of this package and hold them to that.
//
// The package html/template would do as well, but a program that has it linked
// in keeps every exported method of every type (templates call methods by
// name), which makes the command 5 MB larger.
type htmlWriter struct {
	w *bufio.Writer
}

func newHTMLWriter(w io.Writer) htmlWriter { return htmlWriter{bufio.NewWriterSize(w, 64<<10)} }

// A literal is markup of our own. A constant becomes one by itself; a variable
// would need a conversion, and there is none.
type literal string

// put writes a literal. Each "%" in it stands for the next of the values. The
// first error is kept for flush.
func (h htmlWriter) put(form literal, values ...string) {
	rest := string(form)
	for _, v := range values {
		before, after, _ := strings.Cut(rest, "%")
		_, _ = h.w.WriteString(before)
		_, _ = escaped.WriteString(h.w, v)
		rest = after
	}
	_, _ = h.w.WriteString(rest)
}

// link begins an element <a>, with whatever other attributes it has.
func (h htmlWriter) link(address string, attributes literal) {
	h.put(`<a href="%"`, followable(address))
	h.put(attributes)
	h.put(`>`)
}

// flush writes what is left, and tells the first error there was.
func (h htmlWriter) flush() error { return h.w.Flush() }

// escaped replaces what could end a text or an attribute in quotes. A plus sign
// is escaped for those who take the page for UTF-7.
var escaped = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// nowhere is what a link that must not be followed leads to.
const nowhere = "#not-followed"

// followable is an address that a click may lead to: a place in the page, or one
// of the web. The makers of spans see to it already; no mistake of theirs may
// become a script that runs. What has no place in an address is written as
// "%xx".
func followable(address string) string {
	scheme, _, _ := strings.Cut(address, ":")
	if !strings.HasPrefix(address, "#") && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return nowhere
	}
	var b strings.Builder
	for i := range len(address) {
		switch c := address[i]; {
		case c == '%' && i+2 < len(address) && isHex(address[i+1]) && isHex(address[i+2]),
			c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z',
			strings.IndexByte("-._~!#$&*+,/:;=?@[]", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + strconv.FormatUint(uint64(c>>4), 16) + strconv.FormatUint(uint64(c&15), 16))
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
