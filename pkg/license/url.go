package license

import (
	_ "embed"
	"net/url"
	"strings"
	"sync"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

//go:embed urls.txt
var urlsFile string

// maxURL bounds what FromURL looks at, in bytes. Real links have a tenth of it.
const maxURL = 2048

// FromURL returns the licence whose text a web address is known to hold: an
// address of own.txt or urls.txt, or a page of a site that has a page for each
// licence (spdx.org, opensource.org, choosealicense.com, creativecommons.org,
// gnu.org, apache.org, and the texts that the model hub keeps). Scheme, "www.",
// case, query, and the page's language and form do not matter.
//
// Addresses that name no version give nothing, and neither do files in somebody's
// repository, "https://HUB/NAME/MODEL/blob/main/LICENSE": what they hold must be
// read. Pages of GNU licences say the version and not whether later ones are
// meant, and so does what comes back: "GPL-3.0".
func FromURL(address string) (expression string, ok bool) {
	host, path := plainURL(address)
	if host == "" {
		return "", false
	}
	if expression, listed := urls()[host+path]; listed {
		return expression, expression != ""
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case host == "spdx.org" && path == "/licenses/"+name,
		host == "choosealicense.com" && path == "/licenses/"+name,
		host == "opensource.org" && path == "/licenses/"+name:
		return listedAs(name)
	case host == "opensource.org" && path == "/license/"+name:
		return listedAs(dotted(name))
	case host == "huggingface.co" && path == "/datasets/choosealicense/licenses/blob/main/markdown/"+name:
		expression, _ = FromHubKey(name)
		return expression, expression != ""
	case host == "creativecommons.org":
		return creativeCommons(path)
	case host == "gnu.org":
		return gnu(path)
	}
	return "", false
}

// plainURL returns the form in which addresses are compared: host without "www."
// and path without its slash at the end and what tells the form of the page, in
// lower case. Without a host it is no address that could be known.
func plainURL(address string) (host, path string) {
	if len(address) > maxURL {
		return "", ""
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", ""
	}
	path = strings.ToLower(strings.TrimRight(u.EscapedPath(), "/"))
	for _, form := range []string{".html", ".htm", ".php", ".txt", ".json", ".md"} {
		path = strings.TrimSuffix(path, form)
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www."), path
}

// urls maps addresses in plain form to expressions, "" where they say too little.
var urls = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, o := range OwnLicenses() {
		host, path := plainURL(o.URL)
		if host == "" || host == "github.com" && strings.Count(path, "/") < 3 {
			continue
		}
		if _, twice := m[host+path]; twice {
			m[host+path] = ""
			continue
		}
		m[host+path] = o.Ref
	}
	for line := range dataLines(urlsFile) {
		address, expression, _ := strings.Cut(line, " = ")
		host, path := plainURL("https://" + address)
		m[host+path] = strings.TrimPrefix(expression, "-")
	}
	return m
})

// listedAs is for sites whose pages have the SPDX identifiers, in any case.
func listedAs(name string) (string, bool) { return licenselist.License(name) }

// dotted writes the version of "mpl-2-0" as the list does.
func dotted(name string) string {
	b := []byte(name)
	for i := 1; i+1 < len(b); i++ {
		if b[i] == '-' && isDigit(b[i-1]) && isDigit(b[i+1]) {
			b[i] = '.'
		}
	}
	return string(b)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// creativeCommons reads "/licenses/by-nc/4.0/legalcode.de": the elements, the
// version, for versions up to 3.0 perhaps a country, and a page.
func creativeCommons(path string) (string, bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 4 {
		return "", false
	}
	var id string
	switch kind := parts[1] + "/" + parts[2]; {
	case kind == "publicdomain/zero":
		id = "CC0-" + parts[3]
	case kind == "publicdomain/mark":
		id = "CC-PDM-" + parts[3]
	case parts[1] == "licenses":
		id = "CC-" + strings.Replace(parts[2], "nd-nc", "nc-nd", 1) + "-" + parts[3]
	}
	for _, part := range parts[4:] {
		if page, _, _ := strings.Cut(part, "."); page == "legalcode" || page == "deed" || page == "" {
			break
		}
		id += "-" + part
	}
	return licenselist.License(id)
}

// gnu reads "/licenses/old-licenses/gpl-2.0-standalone" and translations.
func gnu(path string) (string, bool) {
	name := strings.TrimPrefix(strings.TrimPrefix(path, "/licenses/"), "old-licenses/")
	name = strings.TrimSuffix(name, "-standalone")
	for _, family := range []string{"gpl-", "lgpl-", "agpl-", "fdl-"} {
		version, ok := strings.CutPrefix(name, family)
		if !ok || len(version) < 3 || !isDigit(version[0]) || version[1] != '.' || !isDigit(version[2]) || len(version) > 3 && version[3] != '.' {
			continue
		}
		return licenselist.License(strings.Replace(family, "fdl", "gfdl", 1) + version[:3])
	}
	return "", false
}
