package report

// spans writes runs of text. What comes from a document is isolated, so that
// writing from right to left does not turn around what stands beside it.
func (h htmlWriter) spans(list []span) {
	for _, s := range list {
		switch s.Kind {
		case spanText:
			h.put(`%`, s.Text)
		case spanName:
			h.put(`<bdi class="name">%</bdi>`, s.Text)
		case spanCode:
			h.put(`<code><bdi>%</bdi></code>`, s.Text)
		case spanStrong:
			h.put(`<strong>%</strong>`, s.Text)
		case spanNote:
			h.put(`<span class="note">%</span>`, s.Text)
		case spanBadge:
			h.put(`<span class="badge b-%">%</span>`, s.Tone, s.Text)
		case spanBreak:
			h.put(`<br>`)
		case spanLink:
			h.spanLink(s)
		}
	}
}

// spanLink tells the host of a link that leaves the page, and tells the host
// nothing of the page.
func (h htmlWriter) spanLink(s span) {
	if s.Host == "" {
		h.link(s.Href, "")
		h.put(`<bdi>%</bdi></a>`, s.Text)
		return
	}
	h.link(s.Href, ` rel="noopener noreferrer external"`)
	h.put(`<bdi>%</bdi></a> <span class="note">(at %)</span>`, s.Text, s.Host)
}

func (h htmlWriter) facts(list []fact) {
	h.put(`<dl class="facts">`)
	for _, f := range list {
		h.put("\n<div><dt>%</dt><dd>", f.Name)
		h.spans(f.Value)
		h.put(`</dd></div>`)
	}
	h.put("\n</dl>")
}

func (h htmlWriter) blocks(list []block) {
	for _, b := range list {
		h.block(b)
	}
}

func (h htmlWriter) block(b block) {
	if len(b.Text) > 0 {
		h.paragraph(b.Text)
	}
	if len(b.Facts) > 0 {
		h.put("\n")
		h.facts(b.Facts)
	}
	if b.Table != nil {
		h.table(b.Table)
	}
	if b.Drawing != nil {
		h.drawing(b.Drawing)
	}
	if b.Card != nil {
		h.card(b.Card)
	}
	if b.Verdict != nil {
		h.verdict(b.Verdict)
	}
	if b.Details != nil {
		h.details(b.Details.Summary, b.Details.Blocks)
	}
}

// details are shown when they are asked for.
func (h htmlWriter) details(summary string, blocks []block) {
	h.put(`
<details>
<summary>%</summary>`, summary)
	h.blocks(blocks)
	h.put("\n</details>")
}

func (h htmlWriter) card(c *card) {
	h.put("\n" + `<article class="card"`)
	if c.ID != "" {
		h.put(` id="%" aria-labelledby="%-title"`, c.ID, c.ID)
	}
	h.put(">\n<h3")
	if c.ID != "" {
		h.put(` id="%-title"`, c.ID)
	}
	h.put(">")
	h.spans(c.Heading)
	if c.Note != "" {
		h.put(` <span class="note">%</span>`, c.Note)
	}
	h.put("</h3>")
	h.blocks(c.Blocks)
	h.put("\n</article>")
}

func (h htmlWriter) verdict(v *verdictBlock) {
	h.put(`
<div class="verdict v-%">
<h4>`, string(v.Group))
	h.spans(v.Title)
	h.put("</h4>")
	if v.Sentence != "" {
		h.put("\n<blockquote><p>%</p></blockquote>", v.Sentence)
	}
	h.put(`
<dl class="facts">
<div><dt>The verdict means</dt><dd>%</dd></div>`, v.Meaning)
	if v.Limits != "" {
		h.put("\n<div><dt>What this does not show</dt><dd>%</dd></div>", v.Limits)
	}
	h.put("\n<div><dt>Evidence</dt><dd>%</dd></div>", v.Strength)
	if len(v.Relation) > 0 {
		h.put("\n<div><dt>Relation</dt><dd>")
		h.spans(v.Relation)
		h.put("</dd></div>")
	}
	h.put("\n</dl>")
	h.blocks(v.Blocks)
	h.put("\n</div>")
}
