package license

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

func TestIdentify(t *testing.T) {
	mit, apache, gpl, mpl := sample(t, "MIT"), sample(t, "Apache-2.0"), sample(t, "GPL-3.0"), sample(t, "MPL-2.0")
	half := func(s string) string { return s[:len(s)/2] }
	for name, c := range map[string]struct{ text, want, reason string }{
		"ISC":                       {isc, "ISC", ""},
		"MIT":                       {mit, "MIT", ""},
		"Apache":                    {apache, "Apache-2.0", ""},
		"GPL, never guess":          {gpl, "GPL-3.0", ""},
		"copyright lines":           {"Copyright (c) 2020 A\nCopyright © 2021-2024 B GmbH <b@example.org>\nAll rights reserved.\n\n" + mit, "MIT", ""},
		"title":                     {"The MIT License (MIT)\n\n" + mit, "MIT", ""},
		"project":                   {"Example-7B\n\n" + apache, "Apache-2.0", ""},
		"notice behind the text":    {apache + "\n\n" + apacheNotice, "Apache-2.0", ""},
		"address without a scheme":  {mit + "\nMore considerations: wiki.creativecommons.org/Considerations_for_licensors\n", "MIT", ""},
		"tag beside the text":       {"SPDX-License-Identifier: MIT\n\n" + mit, "MIT", ""},
		"tag of or-later":           {"SPDX-License-Identifier: GPL-3.0-or-later\n\n" + gpl, "GPL-3.0", ""},
		"LGPL is read with the GPL": {sample(t, "LGPL-3.0") + "\n\n" + gpl, "LGPL-3.0", ""},

		"two licences":         {mit + "\n\n" + apache, "", "several licences: Apache-2.0, MIT"},
		"list of others":       {apache + "\nThis product includes:\n" + mit + "\n" + isc, "", "several licences: Apache-2.0, ISC, MIT"},
		"half":                 {half(gpl), "", "cut off: the end of GPL-3.0 is missing"},
		"clause before":        {"The Model shall not be used in weapons.\n\n" + mit, "", "the text of MIT, with "},
		"clause after":         {mit + "\nFor research only.\n", "", `the text of MIT, with 3 words beside it that may change it: "for research only"`},
		"in a copyright line":  {"Copyright 2024 Example, for non-commercial use\n\n" + mit, "", "the text of MIT, with "},
		"below a copyright":    {"Copyright 2024 Example\nYou may not sell this model.\n\n" + mit, "", "the text of MIT, with "},
		"of its own words":     {"The Software shall not be used.\n\n" + sample(t, "X11"), "", "the text of X11, with "},
		"in Chinese":           {mit + "\n仅限非商业用途\n", "", "the text of MIT, with "},
		"clause inside":        {strings.Replace(oneLine(mit), "THE SOFTWARE IS", "The Software shall be used for Good, not Evil. THE SOFTWARE IS", 1), "", "much like "},
		"other tag":            {"SPDX-License-Identifier: CC-BY-NC-4.0\n\n" + mit, "", "the text of MIT, but it also names CC-BY-NC-4.0"},
		"other address":        {mit + "\nhttps://creativecommons.org/licenses/by-nc/4.0/\n", "", "the text of MIT, but it also names CC-BY-NC-4.0"},
		"much else":            {mpl + strings.Repeat("\nand so on and so forth", 20), "", "the text of MPL-2.0, with 120 words beside it that may change it: "},
		"homoglyph":            {strings.Replace(oneLine(mit), "Permission is", "Pеrmission is", 1), "", "much like "}, // Cyrillic е
		"homoglyph in passing": {"The Exаmple\n\n" + mit, "", "a word of letters of several alphabets that look alike: "},

		"notice":     {apacheNotice, "", "a notice, not the text of the licence: Apache-2.0"},
		"tag":        {"SPDX-License-Identifier: MIT\n", "", "only an identifier, not the text of the licence: MIT"},
		"address":    {"https://creativecommons.org/licenses/by/4.0/legalcode", "", "only addresses or titles, not the text of the licence: CC-BY-4.0"},
		"empty":      {"", "", "no words in it"},
		"no words":   {"-- ... \n\n **\n", "", "no words in it"},
		"prose":      {strings.Repeat("It was a dark and stormy night; the rain fell in torrents.\n", 20), "", "nothing was recognised"},
		"binary":     {"\x7fELF\x02\x01\x01\x00\x00\x00" + mit, "", "not a text"},
		"compressed": {"\x1f\x8b\x08\x12\x03\x9c\x05\x07\x01\x02\x0e\x0f" + strings.Repeat("\x99\x02\xff\x10", 50), "", "not a text"},
		"too long":   {mit + strings.Repeat(" ", MaxText), "", "longer than 1 MiB, of which the rest was not read"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Identify([]byte(c.text))
			if got.Expression != c.want || !strings.HasPrefix(got.Reason, c.reason) || (got.Reason == "") != (c.want != "") {
				t.Errorf("Identify = %q, %q, want %q, %q; matches %+v", got.Expression, got.Reason, c.want, c.reason, got.Matches)
			}
			check(t, []byte(c.text), got)
		})
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// check reports what no result may be.
func check(t *testing.T, data []byte, id Identification) {
	t.Helper()
	end := 0
	for _, m := range id.Matches {
		if m.Start < end || m.End <= m.Start || m.End > min(len(data), MaxText) || m.Coverage <= 0 || m.Coverage > 1 || m.Expression == "" || m.Kind == "" {
			t.Fatalf("match %+v behind %d of %d bytes", m, end, len(data))
		}
		end = m.End
	}
	if id.Coverage < 0 || id.Coverage > 1 || len(id.Matches) > maxMatches {
		t.Fatalf("coverage %v, %d matches", id.Coverage, len(id.Matches))
	}
	if (id.Expression == "") == (id.Reason == "") {
		t.Fatalf("expression %q with reason %q", id.Expression, id.Reason)
	}
	if id.Expression != "" && (len(id.Matches) == 0 || id.Encoding == "") {
		t.Fatalf("expression %q without a match", id.Expression)
	}
	if id.Encoding == "" && (len(id.Matches) > 0 || id.Coverage != 0) {
		t.Fatalf("matches in what is no text: %+v", id)
	}
}

// The places of a match are of the input, whatever had to be done to read it.
func TestIdentifyPlaces(t *testing.T) {
	const before, after = "Über die Lizenz «ISC» von Beispiel\n\n", "\n\nEnde der Datei\n"
	html := "<!DOCTYPE html><html><head><script>var x = '<p>';</script></head><body><h1>&Uuml;ber</h1>\n<pre>" +
		strings.ReplaceAll(isc, `"`, "&quot;") + "</pre><p>Ende</p></body></html>"
	latin1 := []byte(strings.NewReplacer("Ü", "\xdc", "«", "\xab", "»", "\xbb").Replace(before + isc + after))
	for name, c := range map[string]struct {
		data     []byte
		encoding string
	}{
		"utf-8":            {[]byte(before + isc + after), encodingUTF8},
		"utf-8 with mark":  {[]byte("\ufeff" + before + isc + after), encodingUTF8},
		"one broken byte":  {[]byte("\xff" + before + before + isc), encodingUTF8},
		"latin-1":          {latin1, encodingLatin1},
		"utf-16le":         {utf16Bytes(before+isc+after, 0), encodingUTF16LE},
		"utf-16be":         {utf16Bytes(before+isc+after, 1), encodingUTF16BE},
		"utf-16le, marked": {utf16Bytes("\ufeff"+before+isc+after, 0), encodingUTF16LE},
		"utf-16be, marked": {utf16Bytes("\ufeff"+before+isc+after, 1), encodingUTF16BE},
		"html":             {[]byte(html), encodingUTF8},
	} {
		t.Run(name, func(t *testing.T) {
			got := Identify(c.data)
			check(t, c.data, got)
			if got.Encoding != c.encoding || len(got.Matches) != 1 || got.Matches[0].Expression != "ISC" {
				t.Fatalf("%+v", got)
			}
			found := plain8(c.data[got.Matches[0].Start:got.Matches[0].End])
			if !strings.HasPrefix(found, "ISC License") && !strings.HasPrefix(found, "Permission to use") || !strings.HasSuffix(found, "PERFORMANCE OF THIS SOFTWARE.") {
				t.Errorf("the match is of %q ... %q", found[:30], found[len(found)-30:])
			}
		})
	}
}

// utf16Bytes writes characters of the first plane; low is the index of the byte
// with the lower half.
func utf16Bytes(s string, low int) []byte {
	var out []byte
	for _, r := range s {
		pair := []byte{byte(r >> 8), byte(r >> 8)}
		pair[low] = byte(r)
		out = append(out, pair...)
	}
	return out
}

func plain8(data []byte) string {
	return string(bytes.ReplaceAll(data, []byte{0}, nil))
}

// What is asserted is an identifier of the list or a LicenseRef, in its spelling.
func TestPatternNames(t *testing.T) {
	used := map[string]bool{}
	for i, p := range patterns() {
		m, _ := kindOf(i, "")
		used[p.ID] = true
		for _, id := range strings.Split(m.Expression, " OR ") {
			if id != "" && !licenseRef.MatchString(id) && !licenselist.Contains(id) {
				t.Errorf("pattern %s gives %q", p.ID, id)
			}
		}
	}
	for id := range notSPDX {
		if !used[id] {
			t.Errorf("%s is no pattern", id)
		}
	}
	for address, id := range addresses() {
		if !licenseRef.MatchString(id) && !licenselist.Contains(id) {
			t.Errorf("address %s gives %q", address, id)
		}
	}
}

// maxHostile is what nothing takes that ends, on a busy machine and with the race
// detector too.
const maxHostile = time.Minute

func hostile(t testing.TB) map[string][]byte {
	mit := sample(t, "MIT")
	fill := func(s string) []byte { return []byte(strings.Repeat(s, MaxText/len(s)+1)[:MaxText]) }
	return map[string][]byte{
		"brackets":        fill("((((("),
		"one word":        fill("license "),
		"copyright":       fill("copyright "),
		"copyright lines": fill("Copyright (c) 2024 A B\n"),
		"half of MIT":     fill(mit[:len(mit)/2] + "\n"),
		"MIT":             fill(mit + "\n"),
		"MIT beginnings":  fill("Permission is hereby granted, free of charge, to any person "),
		"less than":       fill("<html><"),
		"tags":            fill("<html><a b c :"),
		"comments":        fill("<html><!--<!--"),
		"scripts":         fill("<html><script><style>"),
		"entities":        fill("<html>&amp;&&&;"),
		"addresses":       fill("https://opensource.org/licenses/MIT "),
		"tags of SPDX":    fill("SPDX-License-Identifier: MIT OR (Apache-2.0 AND ISC)\n"),
		"zeros":           make([]byte, MaxText),
		"UTF-16":          utf16Bytes(string(fill(mit + "\n")[:MaxText/2]), 0),
		"Chinese":         fill("许可证授权条款"),
		"placeholders":    fill("[<{ [name] <year> }"),
		"patterns":        fill(strings.ReplaceAll(isc+apacheNotice+mit, "IN NO", "IN")),
	}
}

func TestHostile(t *testing.T) {
	for name, data := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got := Identify(data)
			took := time.Since(start)
			check(t, data, got)
			t.Logf("%v: %q %q, %d matches", took, got.Expression, got.Reason, len(got.Matches))
			if took > maxHostile {
				t.Errorf("took %v", took)
			}
			if got.Expression != "" {
				t.Errorf("it is %s", got.Expression)
			}
		})
	}
}

func FuzzIdentify(f *testing.F) {
	mit := sample(f, "MIT")
	for _, s := range []string{
		isc, mit, sample(f, "0BSD"), sample(f, "Apache-2.0"), sample(f, "GPL-2.0"), "Copyright (c) 2024 A\n\n" + mit + "\n\n" + isc, apacheNotice,
		"<!DOCTYPE html><html><body><p>" + mit + "</p></body></html>", "// SPDX-License-Identifier: MIT OR Apache-2.0\n",
		"https://creativecommons.org/licenses/by/4.0/legalcode\n", "\ufeff" + isc, string(utf16Bytes(isc, 0)), string(utf16Bytes("\ufeff"+isc, 1)),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := Identify(data)
		check(t, data, got)
		for _, m := range Tags(data) {
			if m.Kind != MatchTag || m.End <= m.Start || m.End > len(data) {
				t.Fatalf("tag %+v", m)
			}
			if again, ok := FromStatement(m.Expression); !ok || again != m.Expression {
				t.Fatalf("tag %+v is not in its normal form", m)
			}
		}
	})
}

func BenchmarkIdentify(b *testing.B) {
	noise := bytes.Repeat([]byte("The quick brown fox jumps over 12 lazy dogs, and none of them is licensed.\n"), MaxText/76)
	for name, data := range map[string][]byte{
		"MIT": []byte(sample(b, "MIT")), "Apache": []byte(sample(b, "Apache-2.0")), "GPL": []byte(sample(b, "GPL-3.0")), "noise of 1 MiB": noise,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Identify(data)
			}
		})
	}
}

// The first text of a process costs the tables too: a new process for each.
func BenchmarkIdentifyCold(b *testing.B) {
	if os.Getenv("LICENSE_COLD") != "" {
		start := time.Now()
		Identify([]byte(sampleOnce(b)))
		b.ReportMetric(float64(time.Since(start).Microseconds())/1000, "ms/first")
		return
	}
	var out []byte
	for b.Loop() {
		c := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkIdentifyCold$", "-test.benchtime=1x")
		c.Env = append(os.Environ(), "LICENSE_COLD=1")
		var err error
		if out, err = c.Output(); err != nil {
			b.Fatal(err)
		}
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "ms/first") {
			b.Log(strings.TrimSpace(line))
		}
	}
}

// sampleOnce is a text that is there without the tables.
func sampleOnce(testing.TB) string { return isc }
