package report

// page writes a whole page. The style and the policy, which names its digest,
// are the program's own.
func (h htmlWriter) page(p *page, style literal, policy string) {
	h.put(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="modelbom">
<title>%</title>
<link rel="icon" href="data:,">
<style>`, policy, p.Title)
	h.put(style)
	h.put(`</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
`)
	h.head(p)
	h.put("\n" + `<div class="inner body">` + "\n")
	h.contents(p.Sections)
	h.put("\n" + `<main id="content" tabindex="-1">`)
	for _, s := range p.Sections {
		h.section(s)
	}
	h.put(`
</main>
</div>
<footer class="foot">
<div class="inner">`)
	h.paragraphs(p.Footer)
	h.put(`
</div>
</footer>
</body>
</html>
`)
}

// head writes what a page says first.
func (h htmlWriter) head(p *page) {
	h.put(`<header class="head">
<div class="inner">
<p class="kicker">%</p>
<h1>`, p.Kicker)
	h.spans(p.Heading)
	h.put(`</h1>
<div class="lead">`)
	h.paragraphs(p.Lead)
	h.put(`
</div>`)
	if len(p.Figures) > 0 {
		h.put("\n" + `<ul class="figures">`)
		for _, f := range p.Figures {
			h.figure(f)
		}
		h.put("\n</ul>")
	}
	if len(p.Facts) > 0 {
		h.put("\n")
		h.facts(p.Facts)
	}
	h.put(`
</div>
</header>`)
}

func (h htmlWriter) figure(f figure) {
	h.put("\n<li>")
	if f.Href != "" {
		h.link(f.Href, "")
		h.put(`<b>%</b> <span>%</span></a></li>`, f.Value, f.Label)
		return
	}
	h.put(`<div><b>%</b> <span>%</span></div></li>`, f.Value, f.Label)
}

func (h htmlWriter) contents(sections []section) {
	h.put(`<nav class="contents" aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ol>`)
	for _, s := range sections {
		h.put("\n<li>")
		h.link("#"+s.ID, "")
		h.put(`%`, s.Title)
		if s.Count != "" {
			h.put(` <span class="count">%</span>`, s.Count)
		}
		h.put(`</a></li>`)
	}
	h.put(`
</ol>
</nav>`)
}

func (h htmlWriter) section(s section) {
	h.put(`
<section id="%" aria-labelledby="%-title">
<h2 id="%-title">%</h2>`, s.ID, s.ID, s.ID, s.Title)
	if len(s.Intro) > 0 {
		h.put("\n" + `<p class="intro">`)
		h.spans(s.Intro)
		h.put(`</p>`)
	}
	h.blocks(s.Blocks)
	h.put("\n</section>")
}

func (h htmlWriter) paragraphs(list []paragraphSpans) {
	for _, p := range list {
		h.paragraph(p)
	}
}

func (h htmlWriter) paragraph(p paragraphSpans) {
	h.put("\n<p>")
	h.spans(p)
	h.put("</p>")
}
